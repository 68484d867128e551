import { expect, test } from "vitest";
import { bar } from "../../src/cli/terminal/bar.ts";
import { colourFor, type Output, showsColour } from "../../src/cli/terminal/colour.ts";
import { fitted, LiveLines } from "../../src/cli/terminal/liveLines.ts";
import { bytes, counted, duration, fixed, significant, whole } from "../../src/cli/terminal/numbers.ts";
import { facts, table } from "../../src/cli/terminal/table.ts";

/** An output that remembers what was written. */
function recorder(isTTY: boolean, columns = 40): Output & { text: string } {
  return {
    isTTY,
    columns,
    text: "",
    write(text: string) {
      this.text += text;
    },
  };
}

test("a bar fills in eighths and never over its width", () => {
  expect(bar(0, 4)).toBe("░░░░");
  expect(bar(0.5, 4)).toBe("██░░");
  expect(bar(1 / 32, 4)).toBe("▏░░░");
  expect([bar(7, 4), bar(-1, 4)]).toEqual(["████", "░░░░"]);
});

test("numbers are written as people read them", () => {
  expect(whole(1234567.4)).toBe("1,234,567");
  expect([fixed(1.23456, 2), fixed(null, 2), fixed(Number.NaN, 2)]).toEqual(["1.23", "-", "-"]);
  expect([significant(0.0021349), significant(1e-7), significant(0)]).toEqual(["0.00213", "1.00e-7", "0"]);
  expect([duration(59.4), duration(185), duration(7620), duration(null)]).toEqual([
    "59s",
    "3m 05s",
    "2h 07m",
    "?",
  ]);
  expect([bytes(999), bytes(1500), bytes(1_115_394)]).toEqual(["999 B", "2 kB", "1.1 MB"]);
  expect([counted(1, "symbol"), counted(2, "symbol")]).toEqual(["1 symbol", "2 symbols"]);
});

test("the columns of a table line up, numbers on the right", () => {
  expect(
    table(
      [{ heading: "name" }, { heading: "n", align: "right" }],
      [
        ["a", "10"],
        ["longer", "5"],
      ],
    ),
  ).toEqual(["name     n", "a       10", "longer   5"]);
  expect(
    facts([
      ["a", "1"],
      ["bcd", "2"],
    ]),
  ).toEqual(["  a    1", "  bcd  2"]);
});

test("as many fields are shown as fit, the first ones", () => {
  expect(fitted(["one", "two", "three"], 9)).toBe("one · two");
  expect(fitted(["one", "two", "three"], 8)).toBe("one");
  expect(fitted(["a long first field"], 6)).toBe("a long");
});

test("lines are redrawn in place on a terminal, and those that stay stand above", () => {
  const output = recorder(true);
  const lines = new LiveLines(output, {});
  lines.set([["one"], ["two"]]);
  lines.print("stays");
  lines.clear();
  expect(output.text).toBe("one\ntwo\r\x1b[1A\x1b[Jstays\none\ntwo\r\x1b[1A\x1b[J");
});

test("where there is no terminal nothing is redrawn and nothing is coloured", () => {
  for (const output of [recorder(false), Object.assign(recorder(true), { dumb: true })]) {
    const lines = new LiveLines(output, "dumb" in output ? { TERM: "dumb" } : {});
    lines.set([["one"]]);
    lines.print("stays");
    lines.clear();
    expect(output.text).toBe("stays\n");
  }
  expect(colourFor(recorder(false))("red", "text")).toBe("text");
});

test("NO_COLOR and dumb terminals turn colours off", () => {
  const terminal = recorder(true);
  expect(showsColour(terminal, {})).toBe(true);
  expect(showsColour(terminal, { NO_COLOR: "1" })).toBe(false);
  expect(showsColour(terminal, { TERM: "dumb" })).toBe(false);
  expect(showsColour(recorder(false), {})).toBe(false);
});
