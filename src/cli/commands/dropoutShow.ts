/** tidegate dropout show <preset|json> */
import {
  abilities,
  dropoutJson,
  isPresetWord,
  LEARNED_RATES,
  presets,
  recurrentDropout,
  resolvePreset,
  sites,
} from "../../nn/index.ts";
import { dropoutFlag } from "../flags/valueFlag.ts";
import { createConsole } from "../terminal/console.ts";
import { facts } from "../terminal/table.ts";
import { dropoutLines } from "../training/configurationLines.ts";

/** A network that has every site, so that every rule is shown as it is. */
const everything = { cell: "lstm", layers: 2, hasEmbedding: true } as const;

/** Explains a dropout as `--dropout` takes it. */
export function showDropout(text: string, { json }: { readonly json?: boolean }): void {
  const dropout = recurrentDropout(dropoutFlag(text));
  const word = dropout.name.split(":")[0]!;
  const preset = isPresetWord(word) ? presets[resolvePreset(word)] : undefined;
  const isOwn = !preset || typeof dropoutFlag(text) === "object";
  const evaluation = isOwn ? evaluationOf(dropout.sites) : preset.evaluation;
  const console = createConsole(json);
  console.result(
    ...facts(
      [
        ["dropout", dropout.name],
        ...(isOwn
          ? []
          : ([
              ["what", preset.summary],
              ["source", preset.source],
              ["equation", preset.equation],
              ["its rates", preset.rates],
            ] as const)),
        ["evaluation", evaluation],
        ["JSON", JSON.stringify(dropoutJson(dropout))],
      ],
      "",
    ),
    "sites",
    ...dropoutLines(dropout, everything),
    ...notes(dropout.sites),
  );
  console.json({
    ...(isOwn
      ? {}
      : {
          preset: resolvePreset(word as Parameters<typeof resolvePreset>[0]),
          summary: preset.summary,
          source: preset.source,
          equation: preset.equation,
          paperRates: preset.rates,
        }),
    evaluation,
    dropout: dropoutJson(dropout),
  });
}

type Rules = ReturnType<typeof recurrentDropout>["sites"];

/** What changes in evaluation, for a configuration that is no preset. */
function evaluationOf(rules: Rules): string {
  if (rules.zoneoutCell || rules.zoneoutHidden)
    return "no masks and no scaling, but zoneout keeps its rate of the old state at every step, which is its expectation";
  const kinds = Object.values(rules).map(({ kind }) => kind);
  const isNoise = kinds.every((kind) => kind === "gaussian" || kind === "flipout");
  if (isNoise && kinds.length > 0) return "no noise: its mean is 1";
  return "no masks and no scaling: kept values were divided by 1 - rate in training";
}

/** What the table does not say: which cells have the sites, and where a list of rates can stand. */
function notes(rules: Rules): string[] {
  const used = sites.filter((site) => rules[site]);
  const ofLstm = used.filter((site) => site === "cell" || site === "zoneoutCell");
  const learned = used.filter((site) => rules[site]!.kind === "concrete");
  const perLayer = used.filter((site) => abilities[site].perLayer);
  return [
    ...(ofLstm.length > 0 ? [`only an LSTM has ${ofLstm.join(" and ")}`] : []),
    ...(perLayer.length > 0
      ? [`a list of rates, one for each layer, can stand at ${perLayer.join(", ")}`]
      : []),
    ...(learned.length > 0
      ? [
          `the rate is where it starts, and is learned in [${LEARNED_RATES.least}, ${LEARNED_RATES.most}]: ${learned.join(", ")}`,
        ]
      : []),
  ].map((line) => `    ${line}`);
}
