import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { OutputError } from "../../src/errors.ts";
import { assertWritable, type FileSystem, writeFileAtomic, writeFileAtomicSync } from "../../src/io/index.ts";
import { diskWithRoom, failingDisk } from "./failingDisk.ts";
import { temporaryFolder } from "./temporaryFolder.ts";

const hasUnixDevices = existsSync("/dev/full");

describe("writeFileAtomic", () => {
  test("writes texts and bytes, into folders that did not exist", async () => {
    const folder = temporaryFolder();
    const path = join(folder, "runs", "a", "best.txt");
    await writeFileAtomic(path, "größe");
    expect(readFileSync(path, "utf8")).toBe("größe");
    await writeFileAtomic(path, Uint8Array.of(1, 2, 3));
    expect([...readFileSync(path)]).toEqual([1, 2, 3]);
    expect(readdirSync(join(folder, "runs", "a"))).toEqual(["best.txt"]);
  });

  test.each<[keyof FileSystem, string, string]>([
    ["openSync", "EACCES", "you have no permission to write there. Got EACCES. Choose another folder"],
    ["openSync", "EROFS", "the file system is read-only. Got EROFS."],
    [
      "writeFileSync",
      "ENOSPC",
      "the disk is full. Got ENOSPC. Free some space, or choose a folder on another disk.",
    ],
    ["writeFileSync", "EDQUOT", "your disk quota is used up. Got EDQUOT."],
    ["fsyncSync", "EIO", "the disk reports an error. Got EIO."],
    ["closeSync", "EDQUOT", "your disk quota is used up."],
    ["renameSync", "EISDIR", "the path is a folder, not a file."],
    ["mkdirSync", "ENOENT", "a folder on the way does not exist and cannot be made."],
    ["mkdirSync", "EWEIRD", "the file cannot be written. Got EWEIRD."],
  ])(
    "when %s fails with %s, says so, keeps the old file and leaves nothing else",
    async (call, code, words) => {
      const folder = temporaryFolder();
      const path = join(folder, "best.txt");
      writeFileSync(path, "old");
      const writing = writeFileAtomic(path, "new", { fileSystem: failingDisk(call, code) });
      await expect(writing).rejects.toThrow(OutputError);
      await expect(writing).rejects.toThrow(`${path}: ${words}`);
      expect(readFileSync(path, "utf8")).toBe("old");
      expect(readdirSync(folder)).toEqual(["best.txt"]);
    },
  );

  test("a disk that fills up in the middle leaves the old file whole", () => {
    const folder = temporaryFolder();
    const path = join(folder, "best.bin");
    writeFileSync(path, "old");
    const write = () => writeFileAtomicSync(path, new Uint8Array(100), { fileSystem: diskWithRoom(40) });
    expect(write).toThrow("the disk is full");
    expect(readFileSync(path, "utf8")).toBe("old");
    expect(readdirSync(folder)).toEqual(["best.bin"]);
  });

  test("reports the first failure, also when tidying up fails too", () => {
    const folder = temporaryFolder();
    const fileSystem = {
      ...failingDisk("renameSync", "EACCES"),
      rmSync: failingDisk("rmSync", "EIO").rmSync,
    };
    expect(() => writeFileAtomicSync(join(folder, "a"), "", { fileSystem })).toThrow("no permission");
  });

  test("a folder that cannot be opened for syncing is no failure", () => {
    const path = join(temporaryFolder(), "a");
    const real = failingDisk("rmSync", "EIO");
    const openSync: FileSystem["openSync"] = (name, flags, mode) => {
      if (flags === "r") throw Object.assign(new Error("EPERM"), { code: "EPERM" });
      return real.openSync(name, flags, mode);
    };
    writeFileAtomicSync(path, "new", { fileSystem: { ...real, openSync } });
    expect(readFileSync(path, "utf8")).toBe("new");
  });

  test("a path that is a folder, or leads through a file, is refused in words", () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, "file"), "");
    expect(() => writeFileAtomicSync(folder, "")).toThrow(
      "the path is a folder, not a file. Got EISDIR. Add a file",
    );
    expect(() => writeFileAtomicSync(join(folder, "file", "a"), "")).toThrow("a part of the path is a file");
    expect(() => writeFileAtomicSync(join(folder, "file", "b", "a"), "")).toThrow(
      "a part of the path is a file",
    );
    expect(() => writeFileAtomicSync("", "")).toThrow("path: the path is empty. Expected a file name.");
  });

  test.skipIf(process.platform === "win32")("keeps the permissions of the file it replaces", () => {
    const path = join(temporaryFolder(), "secret");
    writeFileSync(path, "old");
    chmodSync(path, 0o600);
    writeFileAtomicSync(path, "new");
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  test.skipIf(process.platform === "win32")("writes through a symbolic link and leaves the link", () => {
    const folder = temporaryFolder();
    mkdirSync(join(folder, "real"));
    writeFileSync(join(folder, "real", "a"), "old");
    symlinkSync(join(folder, "real", "a"), join(folder, "link"));
    writeFileAtomicSync(join(folder, "link"), "new");
    expect(lstatSync(join(folder, "link")).isSymbolicLink()).toBe(true);
    expect(readFileSync(join(folder, "real", "a"), "utf8")).toBe("new");
    expect(readdirSync(join(folder, "real"))).toEqual(["a"]);
  });

  test.skipIf(!hasUnixDevices)("writes to a device in place, and a full one is a full disk", () => {
    writeFileAtomicSync("/dev/null", "gone");
    expect(statSync("/dev/null").isCharacterDevice()).toBe(true);
    expect(() => writeFileAtomicSync("/dev/full", "x")).toThrow("/dev/full: the disk is full. Got ENOSPC.");
  });
});

describe("assertWritable", () => {
  test("passes where a file can be written, makes its folder and leaves nothing in it", () => {
    const folder = temporaryFolder();
    assertWritable(join(folder, "runs", "best.txt"));
    expect(readdirSync(join(folder, "runs"))).toEqual([]);
    assertWritable(folder);
    expect(readdirSync(folder)).toEqual(["runs"]);
  });

  test("refuses a path through a file, naming the path that was asked about", () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, "file"), "");
    const path = join(folder, "file", "best.txt");
    expect(() => assertWritable(path)).toThrow(OutputError);
    expect(() => assertWritable(path)).toThrow(`${path}: a part of the path is a file, not a folder.`);
  });

  test("finds a full disk before training does", () => {
    const folder = temporaryFolder();
    const path = join(folder, "best.txt");
    expect(() => assertWritable(path, { fileSystem: diskWithRoom(0) })).toThrow(`${path}: the disk is full.`);
    expect(readdirSync(folder)).toEqual([]);
  });

  test.skipIf(!existsSync("/proc/self"))("refuses a folder in which nobody can create files", () => {
    expect(() => assertWritable("/proc/best.txt")).toThrow(/^\/proc\/best\.txt: .*Got E/);
  });
});
