/** The widths of a stack's layers. */

/** What says how wide each layer is. */
export interface LayerSizesOptions {
  readonly layers: number;
  /** H of every layer, but for the last when `lastHiddenSize` is given */
  readonly hiddenSize: number;
  /** H of the last layer; absent or null: `hiddenSize`. One layer is the last. */
  readonly lastHiddenSize?: number | null | undefined;
}

/**
 * H of each layer, bottom first.
 * @example layerSizes({ layers: 3, hiddenSize: 1150, lastHiddenSize: 400 }) // [1150, 1150, 400]
 */
export function layerSizes({ layers, hiddenSize, lastHiddenSize }: LayerSizesOptions): number[] {
  return Array.from({ length: layers }, (_, l) =>
    l === layers - 1 ? (lastHiddenSize ?? hiddenSize) : hiddenSize,
  );
}
