/** CRC-32 as in zip, PNG and Ethernet: polynomial 0xEDB88320 (reflected), initial value and final xor all ones. */

const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  return crc;
});

/**
 * Computes the CRC-32 of some bytes, or goes on with one. It finds every flipped bit and every burst of up to 32 bits;
 * it is no protection against a person who wants to forge a file.
 *
 * @param bytes - what to sum
 * @param before - the CRC-32 of the bytes that come before these. Default 0, nothing
 * @returns an integer in [0, 2^32)
 * @example crc32(new TextEncoder().encode("123456789")).toString(16); // "cbf43926"
 */
export function crc32(bytes: Uint8Array, before = 0): number {
  let crc = ~before;
  for (let k = 0; k < bytes.length; k++) crc = (crc >>> 8) ^ TABLE[(crc ^ bytes[k]!) & 0xff]!;
  return ~crc >>> 0;
}

/** A CRC-32 in eight lower-case hexadecimal digits. */
export function crc32Hex(crc: number): string {
  return crc.toString(16).padStart(8, "0");
}
