/** Holds the messages in mustNotCompile.ts against the compiler: an error must be there, and for the reason given. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { expect, test } from "vitest";
import { root } from "../sourceFiles.ts";

const marker = "// @ts-expect-error";

/** The file without its expectations, line for line, so that the compiler says what it thinks. */
function errorsOf(path: string): Map<number, string> {
  const { config } = ts.readConfigFile(join(root, "tsconfig.json"), ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, root);
  const host = ts.createCompilerHost(options);
  const read = host.getSourceFile;
  host.getSourceFile = (name, ...rest) =>
    name === path
      ? ts.createSourceFile(
          name,
          readFileSync(name, "utf8").replaceAll(marker, "//"),
          ...(rest as [ts.ScriptTarget]),
        )
      : read.call(host, name, ...rest);
  const program = ts.createProgram([path], options, host);
  const source = program.getSourceFile(path)!;
  return new Map(
    program
      .getSemanticDiagnostics(source)
      .map(({ start, messageText }) => [
        source.getLineAndCharacterOfPosition(start!).line,
        ts.flattenDiagnosticMessageText(messageText, " "),
      ]),
  );
}

test("each line that must not compile is refused for the reason that stands above it", () => {
  const path = join(root, "test/types/mustNotCompile.ts");
  const errors = errorsOf(path);
  const lines = readFileSync(path, "utf8").split("\n");
  const expected = lines.flatMap((line, k) =>
    line.trim() === marker ? [{ line: k + 1, message: lines[k - 1]!.trim().replace(/^\/\/ /, "") }] : [],
  );
  expect(expected.length).toBeGreaterThan(15);
  for (const { line, message } of expected)
    expect.soft(errors.get(line) ?? "no error", lines[line]).toContain(message);
  expect([...errors.keys()].sort((a, b) => a - b)).toEqual(expected.map(({ line }) => line));
}, 60_000);
