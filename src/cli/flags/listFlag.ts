/** Flags whose value is a list with commas. */
import { ConfigError, describe } from "../../errors.ts";
import { seedFlag } from "./valueFlag.ts";

/** Most seeds that a count may ask for: a day of training, and surely a slip of the hand. */
const MOST_SEEDS = 1000;

/**
 * Seeds of a comparison: a count (3 means 1, 2, 3) or a list (1,2,7). One seed alone is written with a comma: "7,".
 * @throws ConfigError for an empty or impossible list
 */
export function seedsFlag(text: string): (number | string)[] {
  const parts = text.split(",").map((part) => part.trim());
  if (parts.length > 1 && parts.at(-1) === "") parts.pop();
  const isCount = !text.includes(",");
  const count = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (isCount && count >= 1 && count <= MOST_SEEDS) return Array.from({ length: count }, (_, k) => k + 1);
  if (!isCount && parts.every((part) => part !== "")) return parts.map(seedFlag);
  throw new ConfigError("the seeds cannot be read", {
    where: "--seeds",
    expected: `a count from 1 to ${MOST_SEEDS}, or a list with commas`,
    got: describe(text),
    mend: "For example --seeds 3 or --seeds 1,2,7",
  });
}

/**
 * Items with commas between them, where a comma inside braces belongs to the item.
 * @example itemsOf('none,{"input":0.1,"output":0.2}') // two items
 * @throws ConfigError for an empty item
 */
export function itemsOf(flag: string, text: string): string[] {
  const items: string[] = [""];
  let depth = 0;
  for (const character of text) {
    if (character === "{") depth++;
    if (character === "}") depth--;
    if (character === "," && depth === 0) items.push("");
    else items[items.length - 1] += character;
  }
  const trimmed = items.map((item) => item.trim());
  if (trimmed.every((item) => item !== "")) return trimmed;
  throw new ConfigError("the list has an empty item", {
    where: flag,
    expected: "items with commas between them",
    got: describe(text),
  });
}
