/**
 * One member out of a zip archive: what the catalogue needs, and no more.
 *
 *   archive = local headers with data … | central directory, one record per member | end record
 *
 * The central directory is read, because local headers may leave sizes out. Stored and deflated members are known;
 * encrypted ones, Zip64 and split archives are refused.
 *
 * Source: PKWARE .ZIP File Format Specification (APPNOTE.TXT) 6.3.10, §4.3 · differs from it in: the limits above
 */

import { CorpusError } from "../errors.ts";
import { nodeModule } from "./nodeModule.ts";

const END_SIGNATURE = 0x06054b50;
const ENTRY_SIGNATURE = 0x02014b50;
const LOCAL_SIGNATURE = 0x04034b50;
const END_SIZE = 22; // bytes, before a comment of at most 65,535
const STORED = 0;
const DEFLATED = 8;
/** A size or offset of this value is in a Zip64 record instead. */
const ZIP64 = 0xffffffff;

interface Member {
  readonly name: string;
  readonly encrypted: boolean;
  readonly method: number;
  readonly crc: number;
  readonly packedSize: number;
  readonly size: number;
  readonly offset: number;
}

/**
 * Unpacks one member and checks its CRC-32.
 *
 * @param archive - the whole archive
 * @param name - the member's path inside it
 * @param where - names the archive in errors
 * @throws CorpusError when the archive is damaged, of an unknown kind, or has no such member
 * @example const text = await unzip(await readFile("text8.zip"), "text8", "text8.zip");
 */
export async function unzip(archive: Uint8Array, name: string, where = "unzip"): Promise<Uint8Array> {
  const [{ inflateRaw, crc32 }, { promisify }] = [
    nodeModule<typeof import("node:zlib")>("node:zlib"),
    nodeModule<typeof import("node:util")>("node:util"),
  ] as const;
  const members = readDirectory(archive, where);
  const member = members.find((one) => one.name === name);
  if (!member) throw noMember(name, members, where);
  const packed = packedBytes(archive, member, where);
  let bytes = packed;
  if (member.method === DEFLATED) {
    bytes = await (promisify(inflateRaw) as (data: Uint8Array) => Promise<Uint8Array>)(packed).catch(
      (cause: unknown) => {
        throw damaged(where, `data of "${name}" that inflate`, String(cause), cause);
      },
    );
  }
  if (bytes.length !== member.size) throw damaged(where, `${member.size} bytes`, `${bytes.length}`);
  const crc = crc32(bytes);
  if (crc !== member.crc) throw damaged(where, `CRC-32 ${hex(member.crc)} of "${name}"`, hex(crc));
  return bytes;
}

function readDirectory(archive: Uint8Array, where: string): Member[] {
  const view = new DataView(archive.buffer, archive.byteOffset, archive.byteLength);
  const end = endRecord(view);
  if (end < 0)
    throw damaged(where, "a zip archive with its end", `${archive.length} bytes without an end record`);
  const count = view.getUint16(end + 10, true);
  const members: Member[] = [];
  for (let i = 0, at = view.getUint32(end + 16, true); i < count; i++) {
    if (at + 46 > end || view.getUint32(at, true) !== ENTRY_SIGNATURE) {
      throw damaged(where, `${count} members in the central directory`, `no record at byte ${at}`);
    }
    const nameLength = view.getUint16(at + 28, true);
    members.push({
      name: new TextDecoder().decode(archive.subarray(at + 46, at + 46 + nameLength)),
      encrypted: (view.getUint16(at + 8, true) & 1) === 1,
      method: view.getUint16(at + 10, true),
      crc: view.getUint32(at + 16, true),
      packedSize: view.getUint32(at + 20, true),
      size: view.getUint32(at + 24, true),
      offset: view.getUint32(at + 42, true),
    });
    at += 46 + nameLength + view.getUint16(at + 30, true) + view.getUint16(at + 32, true);
  }
  return members;
}

/** Where the end record stands, searched from the back because a comment may follow it; -1 when there is none. */
function endRecord(view: DataView): number {
  const first = Math.max(0, view.byteLength - END_SIZE - 0xffff);
  for (let at = view.byteLength - END_SIZE; at >= first; at--) {
    if (view.getUint32(at, true) === END_SIGNATURE) return at;
  }
  return -1;
}

/** The member's bytes as they lie in the archive, not copied. */
function packedBytes(archive: Uint8Array, member: Member, where: string): Uint8Array {
  const { name, encrypted, method, packedSize, size, offset } = member;
  const zip64 = [packedSize, size, offset].includes(ZIP64);
  if (encrypted || zip64 || (method !== STORED && method !== DEFLATED)) {
    throw new CorpusError(`"${name}" is packed in a way that is not known here`, {
      where,
      expected: "stored or deflated",
      got: encrypted ? "encrypted" : zip64 ? "Zip64" : `method ${method}`,
      mend: "Unpack it with another program",
    });
  }
  const view = new DataView(archive.buffer, archive.byteOffset, archive.byteLength);
  if (offset + 30 > archive.length || view.getUint32(offset, true) !== LOCAL_SIGNATURE) {
    throw damaged(where, `a header of "${name}"`, `none at byte ${offset}`);
  }
  const start = offset + 30 + view.getUint16(offset + 26, true) + view.getUint16(offset + 28, true);
  if (start + packedSize > archive.length) {
    throw damaged(
      where,
      `${packedSize} bytes of "${name}" from byte ${start}`,
      `${archive.length} bytes in all`,
    );
  }
  return archive.subarray(start, start + packedSize);
}

function noMember(name: string, members: readonly Member[], where: string): CorpusError {
  const names = members.slice(0, 8).map((one) => one.name);
  return new CorpusError(`the archive has no "${name}"`, {
    where,
    expected: `a member "${name}"`,
    got: names.length === 0 ? "an empty archive" : names.join(", ") + (members.length > 8 ? ", …" : ""),
  });
}

function damaged(where: string, expected: string, got: string, cause?: unknown): CorpusError {
  return new CorpusError("the zip archive is damaged", {
    where,
    expected,
    got,
    mend: "Download it again",
    cause,
  });
}

function hex(crc: number): string {
  return crc.toString(16).padStart(8, "0");
}
