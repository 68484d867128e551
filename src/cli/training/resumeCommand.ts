/** The command that goes on with a run, as it can be pasted into a shell. */

/** What must not be repeated: how the stopped run was begun. */
const BEGINNING = /^--?(force|resume|init[-_]from)(=|$)/;

/**
 * The command line of a stopped run, with --resume.
 *
 * @param args - what was given to the program
 * @param checkpoint - where the run was saved
 * @example resumeCommand(["train", "my novel.txt"], "novel.safetensors") // tidegate train 'my novel.txt' --resume novel.safetensors
 */
export function resumeCommand(args: readonly string[], checkpoint: string): string {
  const kept: string[] = [];
  for (let k = 0; k < args.length; k++) {
    const match = BEGINNING.exec(args[k]!);
    if (!match) kept.push(args[k]!);
    else if (match[1] !== "force" && match[2] === "") k++; // its value
  }
  return ["tidegate", ...kept, "--resume", checkpoint].map(quoted).join(" ");
}

/** A word as a POSIX shell reads it back. */
function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
