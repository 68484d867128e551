/**
 * node bench/peers/install.mjs [--folder bench/peers/installed] [--peer torch,torch-1.13,javascript] [--python python3]
 *
 * Installs the peers beside the package, never into it; npm ci does not run it. It downloads about 4 GB and keeps 7.3,
 * nearly all of it CUDA libraries that PyTorch's wheel links and a CPU never calls. What cannot be installed is skipped with a
 * line that says why, and the bench runs without it.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { defaultFolder, pythonOf } from "./programs.mjs";

const { values } = parseArgs({
  options: {
    folder: { type: "string", default: defaultFolder },
    peer: { type: "string", default: "torch,torch-1.13,javascript" },
    python: { type: "string", default: "python3" },
  },
});
const folder = resolve(values.folder);

/** CUDA libraries that the wheels load at import; triton, cusolver, curand and the rest are only looked up when used. */
const loadedAtImport =
  /^nvidia[-_](cublas|cuda[-_](cupti|nvrtc|runtime)|cudnn|cufft|cufile|cusparse|cusparselt|nccl|nvjitlink|nvshmem)([-_]cu\d+)?$/i;
/** What `import torch` needs of its other dependencies. */
const pureAtImport =
  /^(torch|typing[-_]extensions|sympy|mpmath|networkx|jinja2|markupsafe|filelock|fsspec|setuptools)$/i;

const installers = {
  torch: () => installTorch("torch", "torch"),
  "torch-1.13": () => installTorch("torch-1.13", "torch==1.13.1"),
  javascript: installJavaScript,
};

/** Runs a command; throws its last line when it fails. */
function run(command, args) {
  const { status, error, stdout, stderr } = spawnSync(command, args, {
    cwd: folder,
    shell: process.platform === "win32" && command === "npm", // npm is a batch file there
    encoding: "utf8",
    maxBuffer: 2 ** 28,
  });
  if (error) throw error;
  if (status !== 0) {
    const lines = `${stdout}\n${stderr}`.trim().split("\n");
    throw new Error(lines.findLast((line) => /error/i.test(line)) ?? lines.at(-1));
  }
  return stdout.trim();
}

/**
 * A virtual environment with PyTorch and as little else as lets it be imported. pip resolves the whole tree without
 * installing it; of that, the wheels that are loaded at import are installed by exact version.
 */
function installTorch(name, requirement) {
  const environment = join(folder, name);
  const python = pythonOf(environment);
  if (existsSync(python)) return `${importTorch(python)} is there already`;
  try {
    run(values.python, ["-m", "venv", environment]);
    const pip = ["-m", "pip", "--disable-pip-version-check", "install", "--quiet"];
    const report = join(environment, "resolved.json");
    run(python, [...pip, "--dry-run", "--ignore-installed", "--report", report, requirement]);
    const wheels = JSON.parse(readFileSync(report, "utf8"))
      .install.map(({ metadata }) => metadata)
      .filter(({ name }) => loadedAtImport.test(name) || pureAtImport.test(name))
      .map(({ name, version }) => `${name}==${version}`);
    run(python, [...pip, "--no-cache-dir", "--no-deps", ...wheels]);
    return importTorch(python);
  } catch (error) {
    rmSync(environment, { recursive: true, force: true });
    throw error;
  }
}

function importTorch(python) {
  return `PyTorch ${run(python, ["-W", "ignore", "-c", "import torch; print(torch.__version__)"])}`;
}

/** The npm peers, in a package of their own. Their install scripts are not run: brain.js would build an OpenGL binding. */
function installJavaScript() {
  const dependencies = {
    "@tensorflow/tfjs-core": "4.22.0",
    "@tensorflow/tfjs-layers": "4.22.0",
    "@tensorflow/tfjs-backend-wasm": "4.22.0",
    "@jax-js/jax": "0.1.25",
    "brain.js": "1.6.1",
  };
  const manifest = { name: "tidegate-bench-peers", private: true, dependencies };
  writeFileSync(join(folder, "package.json"), `${JSON.stringify(manifest, null, 2)}\n`);
  run("npm", ["install", "--ignore-scripts", "--no-audit", "--no-fund"]);
  return Object.entries(dependencies)
    .map(([name, version]) => `${name} ${version}`)
    .join(", ");
}

mkdirSync(folder, { recursive: true });
const gigabytes = () => {
  const { bavail, bsize } = statfsSync(folder);
  return (bavail * bsize) / 2 ** 30;
};
for (const name of values.peer.split(",")) {
  const before = gigabytes();
  try {
    if (!installers[name]) throw new Error(`no such peer; there are ${Object.keys(installers).join(", ")}`);
    const what = installers[name]();
    console.log(
      `${name}: ${what}; ${(before - gigabytes()).toFixed(1)} GB, ${gigabytes().toFixed(0)} GB free`,
    );
  } catch (error) {
    console.log(`${name}: skipped: ${error.message}`);
  }
}
