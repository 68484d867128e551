/** JSON as a type, and the two places where JSON itself is too forgiving: NaN that turns to null, and doubled keys. */
import { ConfigError, describe } from "../errors.ts";

/** What JSON can hold. */
export type JsonValue = string | number | boolean | null | readonly JsonValue[] | JsonObject;

/** A JSON object. */
export interface JsonObject {
  readonly [key: string]: JsonValue;
}

/** True for an object that is neither null nor an array. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * Writes a value as JSON, and refuses what JSON would silently change: NaN and infinities become null there. Keys whose
 * value is undefined are left out, as in JSON.stringify.
 *
 * @param where - who asks, for the error
 * @throws ConfigError that names the key, for a number that is not finite, a bigint, a function or a symbol
 */
export function strictJson(where: string, value: JsonValue): string {
  return JSON.stringify(value, function (this: unknown, key: string, part: unknown) {
    if (isExact(part) || (part === undefined && !Array.isArray(this))) return part;
    throw new ConfigError(`"${key}" cannot be kept as JSON`, {
      where,
      expected: "a finite number, a text, true, false, null, an array or an object",
      got: typeof part === "symbol" ? "a symbol" : describe(part),
    });
  });
}

/** Arrays and objects are exact as far as they go; their parts are asked about one by one. */
function isExact(part: unknown): boolean {
  if (typeof part === "number") return Number.isFinite(part);
  return part === null || ["string", "boolean", "object"].includes(typeof part);
}

/**
 * The first key that stands twice in one object of a JSON text, or undefined. JSON.parse keeps the last and says nothing.
 *
 * @param json - a text that JSON.parse accepts; for any other the answer means nothing
 */
export function doubledKey(json: string): string | undefined {
  const open: (Set<string> | undefined)[] = []; // one entry per open bracket: the keys of an object, nothing for an array
  for (const [token, text] of json.matchAll(/("(?:[^"\\]|\\.)*")\s*:|"(?:[^"\\]|\\.)*"|[{}[\]]/g)) {
    if (token === "{") open.push(new Set());
    else if (token === "[") open.push(undefined);
    else if (token === "}" || token === "]") open.pop();
    else if (text !== undefined) {
      const key = JSON.parse(text) as string;
      const keys = open.at(-1);
      if (keys?.has(key)) return key;
      keys?.add(key);
    }
  }
  return undefined;
}
