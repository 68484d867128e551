/**
 * How a program of this folder speaks with the driver: lines of JSON. It trains on one repeated batch, says its name, its
 * version and those losses, and then answers each `{"turn": seconds}` with `{"chars", "seconds", "cpu", "loss"}`.
 */
import { createInterface } from "node:readline";

const say = (message) => process.stdout.write(`${JSON.stringify(message)}\n`);

/** Updates of the warm-up: enough for compilers, and for a loss that must have fallen; fewer where one takes seconds. */
const WARM_UP = { most: 10, least: 4, seconds: 10 };

/**
 * Serves the driver until it closes the line.
 *
 * @param step - one update on window k; resolves to { chars, loss }: its characters and, if known, its mean loss in nats each
 * @param warmUp - one update on the repeated batch, resolves to its loss; default `step(0)`
 */
export async function serve({ name, version, step, warmUp = async () => (await step(0)).loss }) {
  const losses = [];
  const begun = performance.now();
  while (
    losses.length < WARM_UP.least ||
    (losses.length < WARM_UP.most && performance.now() - begun < WARM_UP.seconds * 1000)
  )
    losses.push(await warmUp());
  say({ name, version, losses });
  let count = 0;
  for await (const line of createInterface({ input: process.stdin })) {
    const { turn } = JSON.parse(line);
    const answer = { chars: 0, seconds: 0, cpu: 0, loss: 0 };
    const start = performance.now();
    const cpu = process.cpuUsage();
    do {
      const { chars, loss } = await step(count++);
      answer.loss = loss;
      answer.chars += chars;
      answer.seconds = (performance.now() - start) / 1000;
    } while (answer.seconds < turn);
    const used = process.cpuUsage(cpu);
    answer.cpu = (used.user + used.system) / 1e6;
    say(answer);
  }
}
