/**
 * Lines at the bottom of a terminal that are redrawn in place, and permanent lines above them.
 *
 * Where the output is no terminal nothing is live: `set` does nothing and `print` writes lines.
 */
import type { Output } from "./colour.ts";

/** Milliseconds between two redraws: faster is not readable, and costs time. */
const REDRAW_EVERY = 80;

/** A line of fields, the most important first: as many are shown as the terminal is wide. */
export type Fields = readonly string[];

export class LiveLines {
  readonly isLive: boolean;
  readonly #output: Output;
  #lines: readonly Fields[] = [];
  #drawn = 0;
  #last = Number.NEGATIVE_INFINITY;

  constructor(output: Output, environment: NodeJS.ProcessEnv = process.env) {
    this.#output = output;
    this.isLive = output.isTTY === true && environment["TERM"] !== "dumb";
  }

  /** Shows these lines at the bottom; drawn when the last drawing is long enough ago. */
  set(lines: readonly Fields[]): void {
    if (!this.isLive) return;
    this.#lines = lines;
    if (performance.now() - this.#last >= REDRAW_EVERY) this.#output.write(this.#erased() + this.#drawing());
  }

  /** Writes lines that stay, above the live ones. */
  print(...lines: readonly string[]): void {
    const text = lines.map((line) => `${line}\n`).join("");
    this.#output.write(this.isLive ? this.#erased() + text + this.#drawing() : text);
  }

  /** Removes the live lines. */
  clear(): void {
    if (this.#drawn > 0) this.#output.write(this.#erased());
    this.#lines = [];
  }

  /** Control sequences that take the cursor back and clear what was drawn. */
  #erased(): string {
    const up = this.#drawn > 1 ? `\x1b[${this.#drawn - 1}A` : "";
    const text = this.#drawn > 0 ? `\r${up}\x1b[J` : "";
    this.#drawn = 0;
    return text;
  }

  #drawing(): string {
    this.#last = performance.now();
    this.#drawn = this.#lines.length;
    const width = (this.#output.columns ?? 80) - 1; // a line that wraps could not be taken back
    return this.#lines.map((fields) => fitted(fields, width)).join("\n");
  }
}

/** The leading fields that fit in a width, with dots between them; the first is cut when it alone is too long. */
export function fitted(fields: Fields, width: number): string {
  let line = [...(fields[0] ?? "")].slice(0, width).join("");
  for (const field of fields.slice(1)) {
    const longer = `${line} · ${field}`;
    if ([...longer].length > width) break;
    line = longer;
  }
  return line;
}
