/** Rates of dropout by site in words. */
import type { Rates } from "../../lm/index.ts";
import { fixed } from "../terminal/numbers.ts";

/** "input 0.081, recurrent 0.210 0.154" */
export function ratesInWords(rates: Rates): string {
  return Object.entries(rates)
    .map(([site, rate]) => [site, ...[rate].flat().map((one) => fixed(one, 3))].join(" "))
    .join(", ");
}
