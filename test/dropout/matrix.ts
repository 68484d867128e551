/**
 * Which scheme is proved in which cell, and by what: the proofs take their cases from here, and docs/proofs.md is this table
 * (test/docs/proofs.test.ts).
 */
import { presetNames } from "../../src/nn/index.ts";

export const cells = ["lstm", "gru, reset-after", "gru, reset-before"] as const;
export type Cell = (typeof cells)[number];

/** A scheme in a cell. */
export interface Case {
  readonly preset: (typeof presetNames)[number];
  readonly cell: Cell;
}

/** Schemes that an LSTM alone has: their equation is about its cell. */
export const lstmOnly: readonly string[] = ["moon2015"];

/** Schemes whose evaluation is not the network without dropout, by design: zoneout keeps its expectation. */
export const keptInEvaluation: readonly string[] = ["zoneout2016"];

/** What is proved of every scheme, and the file that takes its cases with `casesOf`. */
export const proofs = {
  equations: "test/dropout/equations.test.ts",
  gradients: "test/dropout/gradients.test.ts",
  modelGradients: "test/lm/modelGradients.test.ts",
  expectation: "test/dropout/expectation.test.ts",
  evaluation: "test/lm/dropoutEvaluation.test.ts",
  selfProof: "test/dropout/selfProof.test.ts",
} as const;
export type Proof = keyof typeof proofs;

/** Whether there is something to prove of a preset. */
const applies: Partial<Record<Proof, (preset: string) => boolean>> = {
  expectation: (preset) => preset !== "none",
  evaluation: (preset) => !keptInEvaluation.includes(preset),
};

/** The cases of a proof: every preset in every cell that has it. */
export function casesOf(proof: Proof): Case[] {
  return presetNames
    .filter((preset) => applies[proof]?.(preset) ?? true)
    .flatMap((preset) =>
      cells.flatMap((cell) => (cell !== "lstm" && lstmOnly.includes(preset) ? [] : [{ preset, cell }])),
    );
}

/** The model's keys for a cell. */
export function cellConfig(cell: Cell): { cell: "lstm" | "gru"; resetAfter?: boolean } {
  return cell === "lstm" ? { cell: "lstm" } : { cell: "gru", resetAfter: cell === "gru, reset-after" };
}
