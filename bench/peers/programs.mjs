/** The programs that can take part, and how each is started. */
import { existsSync } from "node:fs";
import { cpus } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const here = fileURLToPath(new URL(".", import.meta.url));

/** Where install.mjs puts the peers unless told otherwise. */
export const defaultFolder = join(here, "installed");

/** The Python of a virtual environment. */
export function pythonOf(environment) {
  return process.platform === "win32"
    ? join(environment, "Scripts", "python.exe")
    : join(environment, "bin", "python");
}

/** One thread, whichever library does the products: without these "one thread" of PyTorch is not one. */
const oneThread = {
  OPENBLAS_NUM_THREADS: "1",
  OMP_NUM_THREADS: "1",
  MKL_NUM_THREADS: "1",
  VECLIB_MAXIMUM_THREADS: "1",
};

/** The MKL of PyTorch 1.13 takes a slow road on AMD, half the speed, unless told that AVX2 is there. */
const oldMkl = cpus()[0]?.model.includes("AMD") ? { MKL_DEBUG_CPU_TYPE: "5" } : {};

/** { label, needs: a path that exists when the peer is installed, command, args, env } of every peer, at size H. */
export function peers({ folder, node, hidden }) {
  const python = (label, environment, kind, env = {}) => {
    const command = pythonOf(join(folder, environment));
    const args = ["-W", "ignore", join(here, "pytorch.py"), "--kind", kind, "--hidden", hidden];
    return { label, needs: command, command, args, env: { ...oneThread, ...env } };
  };
  const javascript = (label, program, needs) => {
    const args = [join(here, program), "--folder", folder, "--hidden", hidden];
    return { label, needs: join(folder, "node_modules", needs), command: node, args, env: oneThread };
  };
  return [
    python("torch-lstm", "torch", "lstm"),
    python("torch-cell", "torch", "cell"),
    python("torch-1.13-lstm", "torch-1.13", "lstm", oldMkl),
    python("torch-1.13-cell", "torch-1.13", "cell", oldMkl),
    javascript("jaxjs", "jaxjs.mjs", "@jax-js/jax"),
    javascript("tfjs", "tfjs.mjs", "@tensorflow/tfjs-backend-wasm"),
    javascript("brainjs", "brainjs.mjs", "brain.js"),
  ].map((peer) => ({ ...peer, isInstalled: existsSync(peer.needs) }));
}

/** Ours at size H, once for each engine, number of threads and dropout. */
export function ours({ node, hidden, engines, threads, dropouts }) {
  return engines.flatMap((engine) =>
    threads.flatMap((count) =>
      dropouts.map((dropout) => {
        const options = ["--engine", engine, "--hidden", hidden, "--threads", count, "--dropout", dropout];
        const label = `${engine} ${dropout}${count === "1" ? "" : ` x${count}`}`;
        return { label, command: node, args: [join(here, "tidegate.mjs"), ...options], env: oneThread };
      }),
    ),
  );
}
