/** Node's file system with one function that fails, as a full disk or a quota makes it fail. */
import * as fs from "node:fs";
import type { FileSystem } from "../../src/io/index.ts";

export function failingDisk(call: keyof FileSystem, code: string): FileSystem {
  const fail = () => {
    throw Object.assign(new Error(`${code}: ${call}`), { code });
  };
  return { ...fs, [call]: fail };
}

/** A disk that takes the first `room` bytes of every write and is full then. */
export function diskWithRoom(room: number): FileSystem {
  const writeFileSync = (file: fs.PathOrFileDescriptor, data: string | NodeJS.ArrayBufferView) => {
    const bytes = typeof data === "string" ? Buffer.from(data) : Buffer.from(data.buffer);
    fs.writeFileSync(file, bytes.subarray(0, room));
    throw Object.assign(new Error("ENOSPC: no space left on device"), { code: "ENOSPC" });
  };
  return { ...fs, writeFileSync };
}
