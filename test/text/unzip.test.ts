import { expect, test } from "vitest";
import { unzip } from "../../src/text/unzip.ts";
import { CorpusError } from "./chapter.ts";

/** Written by Python 3 zipfile: folder/deflated.txt (deflated), stored.txt (stored), and a comment behind the end record. */
const ARCHIVE: Uint8Array = Uint8Array.from(
  Buffer.from(
    "UEsDBBQAAAAIAAAAIVzQkbkaEwAAAIAAAAATAAAAZm9sZGVyL2RlZmxhdGVkLnR4dCvJTElVSMxLUSjByuDCLkw9eQBQSwMEFAAAAAAAAAAhXDxC" +
      "VQ8QAAAAEAAAAAoAAABzdG9yZWQudHh0c3RvcmVkIGFzIGl0IGlzClBLAQIUAxQAAAAIAAAAIVzQkbkaEwAAAIAAAAATAAAAAAAAAAAAAACAAQAA" +
      "AABmb2xkZXIvZGVmbGF0ZWQudHh0UEsBAhQDFAAAAAAAAAAhXDxCVQ8QAAAAEAAAAAoAAAAAAAAAAAAAAIABRAAAAHN0b3JlZC50eHRQSwUGAAAA" +
      "AAIAAgB5AAAAfAAAAB4AYSBjb21tZW50IGFmdGVyIHRoZSBlbmQgcmVjb3Jk",
    "base64",
  ),
);

const textOf = async (name: string, archive = ARCHIVE) =>
  new TextDecoder().decode(await unzip(archive, name, "a.zip"));

/** The archive with one byte changed. */
function spoiled(at: number, value: number): Uint8Array {
  const copy = ARCHIVE.slice();
  copy[at] = value;
  return copy;
}

test("another program's deflated and stored members are read", async () => {
  expect(await textOf("folder/deflated.txt")).toBe("tide and tide and tide and tide\n".repeat(4));
  expect(await textOf("stored.txt")).toBe("stored as it is\n");
});

test("an archive inside a larger buffer is read at its own offset", async () => {
  const larger = new Uint8Array(ARCHIVE.length + 5);
  larger.set(ARCHIVE, 5);
  expect(await textOf("stored.txt", larger.subarray(5))).toBe("stored as it is\n");
});

test("a member that is not there is an error that lists those that are", async () => {
  await expect(textOf("other.txt")).rejects.toThrow(
    'a.zip: the archive has no "other.txt". Expected a member "other.txt", got folder/deflated.txt, stored.txt.',
  );
});

test("damage is found: a changed byte, a cut end, a wrong member count, no archive at all", async () => {
  const stored = ARCHIVE.length - 30 - 22 - 121 - 16; // comment, end record, directory, the member's data
  await expect(textOf("stored.txt", spoiled(stored, 0x53))).rejects.toThrow(
    /^a\.zip: the zip archive is damaged\. Expected CRC-32 0f55423c of "stored\.txt", got [0-9a-f]{8}\. Download it again\.$/,
  );
  await expect(textOf("folder/deflated.txt", spoiled(49, 0xff))).rejects.toThrow(CorpusError);
  await expect(textOf("stored.txt", ARCHIVE.slice(0, 200))).rejects.toThrow(
    "200 bytes without an end record",
  );
  const end = ARCHIVE.length - 30 - 22;
  await expect(textOf("stored.txt", spoiled(end + 10, 3))).rejects.toThrow(
    "3 members in the central directory",
  );
  await expect(textOf("x", new Uint8Array(3))).rejects.toThrow("3 bytes without an end record");
});

test("encrypted members and unknown methods are refused", async () => {
  const directory = ARCHIVE.length - 30 - 22 - 121;
  await expect(textOf("folder/deflated.txt", spoiled(directory + 8, 1))).rejects.toThrow("got encrypted");
  await expect(textOf("folder/deflated.txt", spoiled(directory + 10, 12))).rejects.toThrow(
    'a.zip: "folder/deflated.txt" is packed in a way that is not known here. Expected stored or deflated, got method 12. ' +
      "Unpack it with another program.",
  );
});
