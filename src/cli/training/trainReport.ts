/** Training events as lines: one that is redrawn on a terminal, plain ones elsewhere, and those that stay. */
import {
  type AdjustmentEvent,
  bitsPerChar,
  perplexity,
  type StepEvent,
  type TrainEvent,
  type ValidationEvent,
} from "../../lm/index.ts";
import { bar } from "../terminal/bar.ts";
import type { Console } from "../terminal/console.ts";
import { duration, fixed, significant, whole } from "../terminal/numbers.ts";
import { ratesInWords } from "./ratesInWords.ts";

/** Share of the last loss in the smoothed one that a terminal shows: about the last twenty updates. */
const SMOOTHING = 0.1;
/** Width of the bar: a line of 80 still has room for loss and speed. */
const BAR_WIDTH = 12;

export class TrainReport {
  readonly #console: Console;
  readonly #logEvery: number;
  #totalSteps: number | null = null;
  #smoothed: number | undefined;
  #sum = 0;
  #count = 0;

  /** @param logEvery - updates per line where nothing can be redrawn */
  constructor(console: Console, logEvery: number) {
    this.#console = console;
    this.#logEvery = logEvery;
  }

  /** Shows an event. */
  show(event: TrainEvent): void {
    const { notes, colour } = this.#console;
    switch (event.type) {
      case "start":
        this.#totalSteps = event.totalSteps;
        break;
      case "step":
        this.#step(event);
        break;
      case "validation":
        notes.print(validationLine(event, (text) => colour(event.isBest ? "green" : "yellow", text)));
        break;
      case "dropoutAdjustment":
        notes.print(colour("yellow", adjustmentLine(event)));
        break;
      case "averaging":
        notes.print(colour("dim", `averaging of the weights begins at update ${whole(event.step)}`));
        break;
      case "sample":
        notes.print(
          colour("dim", `sample at update ${whole(event.step)}:`),
          ...event.text.split("\n").map((line) => `  | ${line}`),
        );
        break;
      case "checkpoint":
        notes.print(colour("dim", `saved ${event.path} at update ${whole(event.step)}`));
        break;
      case "end":
        notes.clear();
    }
  }

  #step(event: StepEvent): void {
    const { notes } = this.#console;
    const { loss, progress } = event;
    if (notes.isLive) {
      this.#smoothed =
        this.#smoothed === undefined ? loss : this.#smoothed + SMOOTHING * (loss - this.#smoothed);
      const [first, ...rest] = stepFields(event, this.#smoothed, this.#totalSteps);
      notes.set([[`${bar(progress, BAR_WIDTH)} ${first}`, ...rest]]);
      return;
    }
    this.#sum += loss;
    this.#count++;
    if (event.step % this.#logEvery !== 0) return;
    notes.print(stepFields(event, this.#sum / this.#count, this.#totalSteps).join(" · "));
    this.#sum = 0;
    this.#count = 0;
  }
}

/** One update, the most important first. @param nats - the loss to show, smoothed or averaged by the caller */
export function stepFields(event: StepEvent, nats: number, totalSteps: number | null): string[] {
  const { step, epoch, gradientNorm, charsPerSecond, secondsLeft } = event;
  return [
    `update ${whole(step)}${totalSteps === null ? "" : `/${whole(totalSteps)}`}`,
    `${duration(secondsLeft)} left`,
    `${fixed(nats, 3)} nats ${fixed(bitsPerChar(nats), 3)} bits/char ppl ${fixed(perplexity(nats), 2)}`,
    `${whole(charsPerSecond)} chars/s`,
    `epoch ${fixed(epoch, 2)}`,
    `gradient ${significant(gradientNorm)}`,
  ];
}

/** A change of the rates in a line. */
function adjustmentLine({ step, direction, factor, rates }: AdjustmentEvent): string {
  return `dropout ${direction} at update ${whole(step)} to ${significant(factor)} times its rates: ${ratesInWords(rates)}`;
}

/** One validation in a line. */
function validationLine(event: ValidationEvent, emphasised: (text: string) => string): string {
  const { step, epoch, nats, bitsPerChar: bits, perplexity: ppl, trainNats, isBest, bestNats } = event;
  return [
    emphasised(`validation at update ${whole(step)}`),
    `epoch ${fixed(epoch, 2)}`,
    `${fixed(nats, 4)} nats ${fixed(bits, 3)} bits/char ppl ${fixed(ppl, 3)}`,
    `training ${fixed(trainNats, 4)} nats`,
    isBest ? "best so far" : `best ${fixed(bestNats, 4)}`,
    ...(event.isAveraged ? ["averaged weights"] : []),
    ...(event.learnedRates ? [`learned rates ${ratesInWords(event.learnedRates)}`] : []),
  ].join(" · ");
}
