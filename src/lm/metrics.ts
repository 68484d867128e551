/** Losses inside are nats per character; these are the units at the border. */

/** BPC = L / ln 2 */
export function bitsPerChar(nats: number): number {
  return nats / Math.LN2;
}

/** ppl = e^L = 2^BPC, of the mean over all scored characters; never a mean of exponentials */
export function perplexity(nats: number): number {
  return Math.exp(nats);
}
