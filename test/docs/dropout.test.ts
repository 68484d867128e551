/** What docs/dropout.md says in tables and examples is what the sources do. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { dropoutFlag } from "../../src/cli/flags/valueFlag.ts";
import { abilities, presetNames, presets, recurrentDropout, type Site, sites } from "../../src/nn/index.ts";
import { root } from "../sourceFiles.ts";

const text = readFileSync(join(root, "docs/dropout.md"), "utf8");

/** The lines from a heading to the next of its kind. */
function section(heading: string): string[] {
  const lines = text.split("\n");
  const start = lines.indexOf(heading);
  expect(start, heading).toBeGreaterThan(0);
  const level = heading.split(" ")[0]!;
  const end = lines.findIndex(
    (line, k) => k > start && /^##/.test(line) && line.split(" ")[0]!.length <= level.length,
  );
  return lines.slice(start + 1, end);
}

/** Cells of the rows whose first cell is in code. */
const rowsOf = (heading: string): string[][] =>
  section(heading)
    .filter((line) => line.startsWith("| `"))
    .map((line) => line.slice(2, -2).split(" | "));

test("the table of what each site can have", () => {
  const said = rowsOf("### What each site can have").flatMap(([names, ...rest]) =>
    names!.split(", ").map((name) => [name.replaceAll("`", ""), ...rest]),
  );
  const lists = { layers: "one per layer", betweenLayers: "one per connection" };
  const held = sites.map((site) => {
    const { kinds, ties, kindTies = {}, isGated, perLayer } = abilities[site];
    const others = Object.entries(kindTies).map(([kind, own]) => `; of ${kind} ${own.join(", ")}`);
    return [
      site,
      kinds.join(", "),
      ties.join(", ") + others.join(""),
      isGated ? "shared, perGate" : "shared",
      perLayer ? lists[perLayer] : "no",
    ];
  });
  expect(said.sort()).toEqual(held.sort());
});

test("the table of presets has every preset, with its sites and rates", () => {
  const rows = new Map(rowsOf("## Presets").map(([name, what]) => [name!.replaceAll("`", ""), what!]));
  // a second table has the same names in its first column: the first is the one that is meant
  for (const line of section("## Presets")
    .filter((one) => one.startsWith("| `"))
    .reverse()) {
    const [name, what] = line.slice(2, -2).split(" | ");
    rows.set(name!.replaceAll("`", ""), what!);
  }
  expect([...rows.keys()].sort()).toEqual([...presetNames].sort());
  for (const name of presetNames) {
    const what = rows.get(name)!;
    if (what.startsWith("as `")) continue;
    const named = sites.filter((site) => new RegExp(`\\b${site}\\b`).test(what));
    expect(named, name).toEqual(sites.filter((site) => site in presets[name].sites));
    for (const site of named) {
      const { rate } = presets[name].sites[site as Site]!;
      expect(what, `${name}, ${site}`).toMatch(
        new RegExp(`${site}\\b[^;]*${String(rate).replace(".", "\\.")}|${rate}$`),
      );
    }
  }
});

test("every JSON form is read", () => {
  const forms = section("## JSON forms").filter((line) => line.startsWith("    "));
  expect(forms.length).toBeGreaterThan(8);
  for (const line of forms) {
    const written = /^ +(\{.*\}|"[^"]*"|[\d.]+)/.exec(line)![1]!;
    expect(() => recurrentDropout(JSON.parse(written)), written).not.toThrow();
  }
});

test("every command line names a dropout that is read", () => {
  const commands = text.split("\n").filter((line) => line.startsWith("    tidegate "));
  const named = commands.flatMap((line) => {
    const one = /--dropout ('[^']*'|\S+)/.exec(line)?.[1] ?? /dropout (?:show|check) (\S+)/.exec(line)?.[1];
    const several = /--dropouts (\S+)/.exec(line)?.[1]?.split(",") ?? [];
    return [...(one && !one.includes(".safetensors") ? [one.replaceAll("'", "")] : []), ...several];
  });
  expect(named.length).toBeGreaterThan(8);
  for (const written of named) expect(() => recurrentDropout(dropoutFlag(written)), written).not.toThrow();
});
