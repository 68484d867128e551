/** tidegate dropout check <checkpoint|preset|json> */
import { existsSync } from "node:fs";
import { Tape } from "../../autograd/index.ts";
import type { Engine } from "../../engine/index.ts";
import { ConfigError } from "../../errors.ts";
import {
  checkDropout,
  type DropoutFinding,
  type DropoutFunctions,
  LanguageModel,
  learnedRates,
  loadModel,
  modelPart,
  networkShape,
  type TrainingConfig,
  trainingConfig,
} from "../../lm/index.ts";
import { type EngineFlags, engineInWords, openEngine } from "../engine/openEngine.ts";
import { exitCodes } from "../exitCodes.ts";
import { dropoutFlag, seedFlag } from "../flags/valueFlag.ts";
import { createConsole } from "../terminal/console.ts";
import { counted } from "../terminal/numbers.ts";
import { facts, table } from "../terminal/table.ts";
import { dropoutLines, modelInWords } from "../training/configurationLines.ts";
import { ratesInWords } from "../training/ratesInWords.ts";

export interface DropoutCheckFlags extends EngineFlags {
  readonly cell?: "lstm" | "gru";
  readonly hiddenSize?: number;
  readonly lastHiddenSize?: number;
  readonly feedForwardSize?: number;
  readonly layers?: number;
  readonly embeddingSize?: number;
  readonly resetBefore?: boolean;
  readonly layerNorm?: boolean;
  readonly batchSize?: number;
  readonly sequenceLength?: number;
  readonly seed?: string;
  readonly json?: boolean;
}

/** Symbols of a network that no text belongs to. */
const VOCABULARY = 61;

/**
 * Checks a dropout on a trained model, or on a network of random weights; the exit code says whether all is right.
 * @param functions - what is checked in the place of the package's own drawing, training or evaluating
 */
export async function checkDropoutOf(
  text: string,
  flags: DropoutCheckFlags,
  functions: Partial<DropoutFunctions> = {},
): Promise<void> {
  const console = createConsole(flags.json);
  const engine = await openEngine(flags, console);
  const { model, config } = await modelOf(text, flags, engine);
  const { batchSize, sequenceLength, dropout } = config;
  const rates = learnedRates(model);
  const findings = checkDropout(
    model,
    {
      ...{ batchSize, sequenceLength },
      ...(flags.seed === undefined ? {} : { seed: seedFlag(flags.seed) }),
    },
    functions,
  );
  const ok = findings.every((finding) => finding.ok);
  console.result(
    ...facts(
      [
        ["model", modelInWords(config)],
        ["windows", `${counted(batchSize, "row")} of ${counted(sequenceLength, "step")}`],
        ["engine", engineInWords(engine)],
        ["dropout", dropout.name],
        ...(rates ? [["learned rates", ratesInWords(rates)] as const] : []),
      ],
      "",
    ),
    ...dropoutLines(dropout, networkShape(config)),
    "",
    ...findingLines(findings),
  );
  console.json({
    ...{ dropout, batchSize, sequenceLength, engine: engine.name, ok, findings },
    ...(rates ? { learnedRates: rates } : {}),
  });
  if (!ok) process.exitCode = exitCodes.failed;
}

/** The table of findings, and their sum. */
export function findingLines(findings: readonly DropoutFinding[]): string[] {
  const failed = findings.filter(({ ok }) => !ok).length;
  const all = counted(findings.length, "check");
  const lines = table(
    [
      { heading: "site" },
      { heading: "check" },
      { heading: "expected" },
      { heading: "seen" },
      { heading: "" },
    ],
    findings.map(({ site, check, expected, seen, ok }) => [
      site,
      check,
      expected,
      seen,
      ok ? "ok" : "FAILED",
    ]),
  );
  return [...lines, "", failed === 0 ? `all ${all} ok` : `${failed} of ${all} FAILED`];
}

/** A file is a checkpoint, all else a dropout as `--dropout` takes it. */
async function modelOf(
  text: string,
  flags: DropoutCheckFlags,
  engine: Engine,
): Promise<{ model: LanguageModel; config: TrainingConfig }> {
  const tape = new Tape(engine);
  const { cell, hiddenSize, layers, lastHiddenSize, feedForwardSize, embeddingSize } = flags;
  const { resetBefore, layerNorm, batchSize, sequenceLength } = flags;
  const network = given({
    ...{ cell, hiddenSize, layers, lastHiddenSize, feedForwardSize, embeddingSize },
    resetAfter: resetBefore ? false : undefined,
    layerNorm,
  });
  const windows = given({ batchSize, sequenceLength });
  if (existsSync(text) || text.endsWith(".safetensors")) {
    refuseNetworkFlags(network);
    const { model, config } = await loadModel(tape, text);
    return { model, config: { ...config, ...windows } };
  }
  const config = trainingConfig({ ...network, ...windows, dropout: dropoutFlag(text) });
  const model = new LanguageModel(tape, VOCABULARY, modelPart(config), 0);
  return { model, config };
}

function refuseNetworkFlags(network: object): void {
  const names = Object.keys(network);
  if (names.length === 0) return;
  throw new ConfigError("a checkpoint has a network of its own", {
    where: "dropout check",
    expected: "a checkpoint, with --batch-size and --sequence-length at most",
    got: names.join(", "),
    mend: "To check another network, give the dropout itself: a preset, or JSON",
  });
}

/** What is not undefined. */
function given<T extends object>(values: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}
