/** Events of a comparison as lines: one per running run on a terminal, redrawn in place; plain ones elsewhere. */
import type { ComparisonEvent } from "../../lab/index.ts";
import type { StepEvent } from "../../lm/index.ts";
import { tellNotes } from "../engine/openEngine.ts";
import { bar } from "../terminal/bar.ts";
import type { Console } from "../terminal/console.ts";
import type { Fields } from "../terminal/liveLines.ts";
import { counted, duration, fixed, whole } from "../terminal/numbers.ts";
import { stepFields } from "../training/trainReport.ts";

/** Milliseconds between two plain lines of one run. */
const PLAIN_EVERY = 10_000;

interface Running {
  readonly label: string;
  totalSteps: number | null;
  step: StepEvent | undefined;
  validNats: number | undefined;
  /** when its last plain line was written */
  printed: number;
}

export class ComparisonReport {
  readonly #console: Console;
  readonly #running = new Map<string, Running>();
  readonly #started = performance.now();
  #total = 0;
  #done = 0;
  #doneBefore = 0;
  #workers = 1;
  #width = 0;

  constructor(console: Console) {
    this.#console = console;
  }

  /** Shows an event. */
  show(event: ComparisonEvent): void {
    const { notes, colour } = this.#console;
    switch (event.type) {
      case "plan": {
        this.#total = event.runs.length;
        this.#done = event.done;
        this.#doneBefore = event.done;
        this.#workers = event.workers;
        this.#width = Math.max(...event.runs.map((run) => labelOf(run).length));
        const before = event.done > 0 ? `, ${event.done} done before` : "";
        const engine = `${event.engine}, ${counted(event.threads, "thread")} each`;
        notes.print(
          `${counted(event.runs.length, "run")}${before}, ${event.workers} at a time (${engine}), in ${event.folder}`,
        );
        tellNotes(event.notes, this.#console);
        break;
      }
      case "run":
        this.#progress(event);
        break;
      case "result": {
        this.#finish(event.id);
        const { testPerplexity, testBitsPerChar, seconds, charsPerSecond } = event.result;
        const score = `test perplexity ${fixed(testPerplexity, 4)} · ${fixed(testBitsPerChar, 4)} bits/char`;
        notes.print(
          `${colour("green", this.#label(event))}  ${score} · ${duration(seconds)} · ${whole(charsPerSecond)} chars/s · ${this.#done}/${this.#total} runs`,
        );
        break;
      }
      case "failed":
        this.#finish(event.id);
        notes.print(`${colour("red", this.#label(event))}  failed: ${event.message}`);
    }
    notes.set(this.#lines());
  }

  /** Removes the live lines. */
  end(): void {
    this.#console.notes.clear();
  }

  #progress({ id, event, ...which }: Extract<ComparisonEvent, { type: "run" }>): void {
    const run = this.#running.get(id) ?? {
      label: this.#label(which),
      totalSteps: null,
      step: undefined,
      validNats: undefined,
      printed: performance.now(),
    };
    this.#running.set(id, run);
    if (event.type === "start") run.totalSteps = event.totalSteps;
    if (event.type === "validation") run.validNats = event.bestNats;
    if (event.type === "end" && event.reason === "interrupted") this.#running.delete(id);
    if (event.type !== "step") return;
    run.step = event;
    if (this.#console.notes.isLive || performance.now() - run.printed < PLAIN_EVERY) return;
    run.printed = performance.now();
    this.#console.notes.print([run.label, ...stepFields(event, event.loss, run.totalSteps)].join(" · "));
  }

  /** Takes a run off the live lines, before its permanent one is written above them. */
  #finish(id: string): void {
    this.#running.delete(id);
    this.#done++;
    this.#console.notes.set(this.#lines());
  }

  #lines(): Fields[] {
    const share = this.#total === 0 ? 0 : this.#doneShare() / this.#total;
    const all = [`${bar(share)} ${this.#done}/${this.#total} runs`, `${duration(this.#secondsLeft())} left`];
    return [...Array.from(this.#running.values(), runFields), all];
  }

  /** Finished runs and the done shares of the running ones. */
  #doneShare(): number {
    return Array.from(this.#running.values()).reduce(
      (sum, { step }) => sum + (step?.progress ?? 0),
      this.#done,
    );
  }

  /** From the speed so far; null before anything is done. */
  #secondsLeft(): number | null {
    const done = this.#doneShare() - this.#doneBefore;
    const left = this.#total - this.#doneShare();
    const elapsed = (performance.now() - this.#started) / 1000;
    if (done < 0.02 * this.#workers) return null;
    return (elapsed * left) / done;
  }

  #label(which: { config: string; seed: number | string }): string {
    return labelOf(which).padEnd(this.#width);
  }
}

function labelOf({ config, seed }: { config: string; seed: number | string }): string {
  return `${config} seed ${seed}`;
}

/** A running run: `gal:0.25 seed 2  ████░░  54% · 8s left · 41,000 chars/s · 3.12 nats · valid 2.97` */
function runFields({ label, step, validNats }: Running): string[] {
  if (!step) return [`${label}  ${bar(0, 12)}  beginning`];
  return [
    `${label}  ${bar(step.progress, 12)} ${(100 * step.progress).toFixed(0).padStart(3)}%`,
    `${duration(step.secondsLeft)} left`,
    `${whole(step.charsPerSecond)} chars/s`,
    `${fixed(step.loss, 3)} nats`,
    `valid ${fixed(validNats, 3)}`,
  ];
}
