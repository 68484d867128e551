/** Imports every chapter by name, and does a little with it. Run in the folder of a program that has the package installed. */
import { createRequire } from "node:module";

const require = createRequire(import.meta.url);
const { exports: chapters, version } = require("tidegate/package.json");
for (const key of Object.keys(chapters).filter((name) => name !== "./package.json")) {
  const name = `tidegate${key.slice(1)}`;
  const imported = await import(name);
  const required = require(name);
  if (Object.keys(imported).length === 0) throw new Error(`${name} exports nothing`);
  for (const key of Object.keys(imported))
    if (imported[key] !== required[key])
      throw new Error(`${name}: ${key} differs between import and require`);
  console.log(`${name}: ${Object.keys(imported).length} names, by import and by require`);
}

const { createEngine, Tape } = await import("tidegate");
const { comparisonConfig, runComparison, VERSION } = await import("tidegate/lab");
if (VERSION !== version) throw new Error(`VERSION is ${VERSION}, the package's is ${version}`);
const tape = new Tape(await createEngine("strict"));
console.log(`engine: ${tape.engine.name}`);

const { runs, failures } = await runComparison(
  comparisonConfig({
    corpus: "tideland",
    chars: 5000,
    base: { hiddenSize: 8, layers: 1, batchSize: 4, sequenceLength: 16, steps: 3 },
    configurations: { none: {} },
    seeds: [1],
    engine: "strict",
  }),
  { folder: "runs", workers: 1 },
);
if (failures.length > 0 || runs.length !== 1) throw new Error(`the worker: ${JSON.stringify(failures)}`);
console.log(`worker: test loss ${runs[0].testNats.toFixed(4)} nats per character`);

try {
  await import("tidegate/engine/createEngine");
  throw new Error("a path into the package can be imported");
} catch (error) {
  if (error.code !== "ERR_PACKAGE_PATH_NOT_EXPORTED") throw error;
}
