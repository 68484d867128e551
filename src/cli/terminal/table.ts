/** Columns that line up. */

/** A column: its heading, and the side that its cells stand on. */
export interface Column {
  readonly heading: string;
  /** Default left; numbers stand right. */
  readonly align?: "left" | "right";
}

/**
 * Lines of a table: headings, then rows, two spaces between columns.
 * @example table([{ heading: "site" }, { heading: "rate", align: "right" }], [["input", "0.25"]])
 */
export function table(columns: readonly Column[], rows: readonly (readonly string[])[]): string[] {
  const lines = [columns.map(({ heading }) => heading), ...rows];
  const widths = columns.map((_, c) => Math.max(...lines.map((line) => (line[c] ?? "").length)));
  return lines.map((line) =>
    columns
      .map(({ align }, c) => {
        const cell = line[c] ?? "";
        return align === "right" ? cell.padStart(widths[c]!) : cell.padEnd(widths[c]!);
      })
      .join("  ")
      .trimEnd(),
  );
}

/** Pairs of a name and a value, the values lined up behind the longest name. */
export function facts(pairs: readonly (readonly [name: string, value: string])[], indent = "  "): string[] {
  const width = Math.max(...pairs.map(([name]) => name.length));
  return pairs.map(([name, value]) => `${indent}${name.padEnd(width)}  ${value}`);
}
