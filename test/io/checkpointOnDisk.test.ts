import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { CheckpointError, OutputError } from "../../src/errors.ts";
import { readCheckpoint, writeCheckpoint } from "../../src/io/index.ts";
import { diskWithRoom, failingDisk } from "./failingDisk.ts";
import { temporaryFolder } from "./temporaryFolder.ts";

const CONTENT = { tensors: { w: { shape: [2], data: Float32Array.of(1, -0) } }, meta: { step: 3 } };

test("a checkpoint goes to disk and comes back", async () => {
  const path = join(temporaryFolder(), "runs", "best.safetensors");
  await writeCheckpoint(path, CONTENT);
  const { tensors, meta } = await readCheckpoint(path);
  expect(tensors.get("w")).toEqual(CONTENT.tensors.w);
  expect(meta).toEqual({ step: 3 });
});

test("a full disk leaves the earlier checkpoint readable", async () => {
  const folder = temporaryFolder();
  const path = join(folder, "best.safetensors");
  await writeCheckpoint(path, CONTENT);
  const writing = writeCheckpoint(path, { ...CONTENT, meta: { step: 4 } }, { fileSystem: diskWithRoom(64) });
  await expect(writing).rejects.toThrow(OutputError);
  expect((await readCheckpoint(path)).meta).toEqual({ step: 3 });
  expect(readdirSync(folder)).toEqual(["best.safetensors"]);
});

test("a file that cannot be read is explained", async () => {
  const folder = temporaryFolder();
  const none = join(folder, "none.safetensors");
  await expect(readCheckpoint(none)).rejects.toThrow(CheckpointError);
  await expect(readCheckpoint(none)).rejects.toThrow(
    `${none}: there is no such file. Got ENOENT. Check the path: it is taken from the folder the program was started in.`,
  );
  await expect(readCheckpoint(folder)).rejects.toThrow("the path is a folder, not a file. Got EISDIR.");
  writeFileSync(join(folder, "text"), "not a checkpoint");
  await expect(readCheckpoint(join(folder, "text"))).rejects.toThrow("this is not a safetensors file");
  const fileSystem = failingDisk("readFileSync", "EACCES");
  await expect(readCheckpoint(none, { fileSystem })).rejects.toThrow(
    "you have no permission to read the file",
  );
});
