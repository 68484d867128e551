/**
 * The flags of char-rnn and torch-rnn as those of this program, before they are parsed.
 *
 *   -rnn_size 128   --rnn_size=128   --rnn-size 128      all become   --hidden-size 128
 *
 * Only names are rewritten, never a value: which flags take one is read from the command.
 */
import type { Option } from "commander";

const model: Readonly<Record<string, string>> = {
  "--rnn-size": "--hidden-size",
  "--num-layers": "--layers",
  "--model": "--cell",
  "--model-type": "--cell",
  "--wordvec-size": "--embedding-size",
  "--seq-length": "--sequence-length",
  "--max-epochs": "--epochs",
  "--grad-clip": "--clip",
  "--eval-val-every": "--evaluate-every",
};

const training: Readonly<Record<string, string>> = {
  ...model,
  "--init-from": "--resume",
  "--print-every": "--log-every",
};

const sampling: Readonly<Record<string, string>> = { "--primetext": "--prime", "--start-text": "--prime" };

/** Old name: new name, by command. */
const aliases: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  train: training,
  compare: model,
  sample: sampling,
};

/** Old flags whose value is an argument here, and what it becomes. */
const positional: Readonly<Record<string, Readonly<Record<string, (value: string) => string>>>> = {
  train: { "--data-dir": inputOf },
  compare: { "--data-dir": inputOf },
  sample: { "--checkpoint": (file) => file },
  eval: { "--checkpoint": (file) => file },
  info: { "--checkpoint": (file) => file },
};

/** char-rnn's folder of data has one text, called so. */
function inputOf(folder: string): string {
  return `${folder.replace(/\/+$/, "")}/input.txt`;
}

/**
 * Rewrites the arguments of a command.
 *
 * @param command - its name
 * @param options - the flags that it has
 * @param args - what follows the command's name
 * @example normaliseArguments("train", options, ["novel.txt", "-rnn_size", "64"]) // ["novel.txt", "--hidden-size", "64"]
 */
export function normaliseArguments(
  command: string,
  options: readonly Pick<Option, "long" | "required">[],
  args: readonly string[],
): string[] {
  const known = new Map(options.flatMap((option) => (option.long ? [[option.long, option] as const] : [])));
  const renamed = aliases[command] ?? {};
  const moved = positional[command] ?? {};
  const first: string[] = [];
  const rest: string[] = [];
  for (let k = 0; k < args.length; k++) {
    const argument = args[k]!;
    if (argument === "--") {
      rest.push(...args.slice(k));
      break;
    }
    const { name, value } = longFlag(argument) ?? {};
    const move = name === undefined ? undefined : moved[name];
    if (move) {
      const target = value ?? args[++k];
      if (target !== undefined) first.push(move(target));
      continue;
    }
    const flag = name && (renamed[name] ?? name);
    const option = flag ? known.get(flag) : undefined;
    if (!option) {
      rest.push(argument);
      continue;
    }
    rest.push(value === undefined ? flag! : `${flag}=${value}`);
    if (option.required && value === undefined && k + 1 < args.length) rest.push(args[++k]!);
  }
  return [...first, ...rest];
}

/** "-rnn_size=5" as { name: "--rnn-size", value: "5" }; undefined for what is no long flag. */
function longFlag(argument: string): { name: string; value?: string } | undefined {
  const match = /^--?([a-z][\w-]+)(?:=(.*))?$/s.exec(argument);
  if (!match) return undefined;
  const name = `--${match[1]!.replaceAll("_", "-")}`;
  return match[2] === undefined ? { name } : { name, value: match[2] };
}
