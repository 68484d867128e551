/** A program of the bench as the driver sees it: started, checked, asked for turns, ended. */
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";

/** Seconds after which a program that says nothing is given up. */
const PATIENCE = 600;

export class Participant {
  /** Characters per second, and seconds of processor per second, of each timed turn. */
  rates = [];
  cores = [];
  #child;
  #lines;
  #errors = "";

  constructor({ label, command, args, env }) {
    this.label = label;
    this.#child = spawn(command, args, { env: { ...process.env, ...env }, stdio: ["pipe", "pipe", "pipe"] });
    this.#child.on("error", (error) => {
      this.#errors += error.message;
    });
    this.#child.stdin.on("error", () => {}); // a program that died is reported by its silence
    this.#child.stderr.on("data", (data) => {
      this.#errors = (this.#errors + data).slice(-4000);
    });
    this.#lines = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();
  }

  /** Waits for the end of the warm-up, and refuses a program that does not train. */
  async ready() {
    const { name, version, losses } = await this.#next();
    Object.assign(this, { name, version });
    const fault = whyItDoesNotTrain(losses);
    if (fault) throw new Error(`refused: ${fault}`);
  }

  /** One turn of at least `seconds`; its rate is kept unless `isTimed` is false. */
  async turn(seconds, isTimed = true) {
    this.#child.stdin.write(`${JSON.stringify({ turn: seconds })}\n`);
    const answer = await this.#next();
    if (answer.loss !== undefined && !Number.isFinite(answer.loss))
      throw new Error("refused: its loss is not finite");
    if (!isTimed) return;
    this.rates.push(answer.chars / answer.seconds);
    this.cores.push(answer.cpu / answer.seconds);
  }

  end() {
    this.#child.kill();
  }

  async #next() {
    let timer;
    const silence = new Promise((resolve) => {
      timer = setTimeout(resolve, PATIENCE * 1000, "silent");
    });
    const answer = await Promise.race([this.#lines.next(), silence]).finally(() => clearTimeout(timer));
    if (answer === "silent") throw new Error(`no answer in ${PATIENCE} s`);
    if (answer.done) throw new Error(this.#lastWords());
    return JSON.parse(answer.value);
  }

  #lastWords() {
    const lines = this.#errors.trim().split("\n");
    return lines.findLast((line) => /error/i.test(line)) ?? lines.at(-1) ?? "it ended without a word";
  }
}

/**
 * The fault of a list of losses on one repeated batch of 65 equally likely symbols, or nothing: they begin near ln 65 nats,
 * which only a mean over predictions does, are finite, and fall.
 */
export function whyItDoesNotTrain(losses) {
  const [first, last] = [losses[0], losses.at(-1)];
  const shown = `on a repeated batch its loss went from ${first} to ${last}`;
  // JSON has no NaN: a program writes null or fails to be read
  if (!losses.every((loss) => Number.isFinite(loss))) return `${shown}, through values that are not finite`;
  if (Math.abs(first - Math.log(65)) > 0.25) return `${shown} and did not begin near ln 65 = 4.174`;
  if (!(last < first - 1e-3)) return `${shown} and did not fall`;
  return undefined;
}
