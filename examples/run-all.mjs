/**
 * Runs every numbered example, one after the other, and fails when one fails.
 *
 *   node examples/run-all.mjs [--quick]
 *
 * With --quick all of them together take half a minute; the comparison of all dropouts, which takes hours, runs only then.
 */
import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";

const folder = fileURLToPath(new URL(".", import.meta.url));
const names = readdirSync(folder).filter((name) => /^\d\d-.*\.mjs$/.test(name));
if (process.argv.includes("--quick")) names.push("dropout-results/compare.mjs");
const failed = [];
for (const name of names.sort()) {
  console.log(`\n== ${name}`);
  const started = performance.now();
  const { status } = spawnSync(process.execPath, [folder + name, ...process.argv.slice(2)], {
    stdio: "inherit",
  });
  console.log(
    `== ${name}: ${status === 0 ? "done" : "failed"} in ${Math.round(performance.now() - started)} ms`,
  );
  if (status !== 0) failed.push(name);
}
if (failed.length > 0) {
  console.error(`failed: ${failed.join(", ")}`);
  process.exitCode = 1;
}
