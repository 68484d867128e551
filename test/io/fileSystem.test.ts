import { readdirSync, readFileSync } from "node:fs";
import { expect, test, vi } from "vitest";
import { OutputError } from "../../src/errors.ts";
import { decodeCheckpoint, encodeCheckpoint, writeFileAtomicSync } from "../../src/io/index.ts";

const FOLDER = new URL("../../src/io/", import.meta.url);

test("a browser can load the folder: nothing in it imports a Node module, except for its types", () => {
  for (const name of readdirSync(FOLDER).filter((file) => file.endsWith(".ts"))) {
    const imports = readFileSync(new URL(name, FOLDER), "utf8").match(/^import .*"node:.*$/gm) ?? [];
    expect(imports.filter((line) => !line.startsWith("import type"))).toEqual([]);
  }
});

test("without a file system, bytes are still coded, and a file is refused in words", () => {
  const noModules = vi.spyOn(process, "getBuiltinModule").mockReturnValue(undefined);
  try {
    expect(decodeCheckpoint(encodeCheckpoint({ tensors: {}, meta: { step: 1 } }), "x").meta).toEqual({
      step: 1,
    });
    expect(() => writeFileAtomicSync("a", "")).toThrow(OutputError);
    expect(() => writeFileAtomicSync("a", "")).toThrow(
      "tidegate/io: this runtime has no file system. Expected Node 20.19 or newer, got a browser or another runtime.",
    );
  } finally {
    noModules.mockRestore();
  }
});
