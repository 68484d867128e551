/**
 * What the generated corpora have in common: text whose entropy is known, so a model's loss has a floor to be measured by.
 */

/** A source of synthetic text with an exactly known entropy rate. */
export interface SyntheticSource {
  /** Its symbols, sorted by code point. */
  readonly alphabet: string;
  /** The lowest loss that any model can reach on long text, in nats per symbol. */
  readonly entropyRate: number;
  /**
   * Draws a text.
   *
   * @param length - in symbols
   * @param seed - the same seed gives the same text
   */
  generate(length: number, seed: number | string): string;
  /**
   * What the true model loses on a text: its mean negative log probability, in nats per symbol. It differs from
   * `entropyRate` by the luck of this one text; Infinity when the source cannot produce it.
   */
  nats(text: string): number;
}
