import type { Options } from "tsup";

/** One output per chapter of the package, plus the command line and the lab's worker process. */
const config: Options = {
  entry: {
    index: "src/index.ts",
    "engine/index": "src/engine/index.ts",
    "autograd/index": "src/autograd/index.ts",
    "nn/index": "src/nn/index.ts",
    "optim/index": "src/optim/index.ts",
    "text/index": "src/text/index.ts",
    "io/index": "src/io/index.ts",
    "lm/index": "src/lm/index.ts",
    "lab/index": "src/lab/index.ts",
    "lab/worker": "src/lab/worker.ts",
    "cli/main": "src/cli/main.ts",
  },
  format: "esm",
  target: "es2022",
  platform: "neutral",
  external: [/^node:/, "commander", "seedrandom"],
  removeNodeProtocol: false, // node:fs stays node:fs: other runtimes and bundlers know it only by that name
  splitting: true,
  clean: true,
  dts: false,
  sourcemap: true,
};

export default config;
