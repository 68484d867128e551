/** Where in the random numbers a mask stands: the counters and lanes of Philox. */
import { ConfigError, describe, nonNegativeInteger } from "../../errors.ts";
import type { SiteRule } from "./siteRule.ts";
import { type Site, sites } from "./sites.ts";

/** Which masks: those of a window, and of the stream (since the last reset of the state) that it belongs to. */
export interface MaskPosition {
  readonly window: number;
  readonly stream: number;
  /** Which of several passes over one window, from 0: each has masks of its own. Default 0; at most 127. */
  readonly pass?: number;
  /** The share of training that is done, in [0, 1], which scheduled rates depend on. Default 1: the rates at its end. */
  readonly done?: number;
}

/** The counters hold 16 bits of time, 16 of blocks of four columns, 8 of layer, and 7 of pass above 8 of site. */
const MAX_STEPS = 65535;
const MAX_COLUMNS = 262144;
const MAX_LAYERS = 255;
const MAX_PASS = 127;
/** Set in the lane of masks that are counted by streams, so that stream 3 and window 3 are different masks. */
const STREAM_LANE = 0x80000000;

/** @throws ConfigError when the sizes or the position do not fit the counters */
export function checkCounters(
  steps: number,
  columns: number,
  layers: number,
  { window, stream, pass = 0, done = 1 }: MaskPosition,
): void {
  if (steps > MAX_STEPS || columns > MAX_COLUMNS || layers > MAX_LAYERS) {
    throw new ConfigError("the network is too large for the mask counters", {
      where: "drawMasks",
      expected: `at most ${MAX_STEPS} steps, ${MAX_COLUMNS} units or types and ${MAX_LAYERS} layers`,
      got: `${steps} steps, ${columns} units or types, ${layers} layers`,
    });
  }
  nonNegativeInteger("drawMasks", "window", window); // -1 or NaN would be the masks of another window
  nonNegativeInteger("drawMasks", "stream", stream);
  if (!(Number.isInteger(pass) && pass >= 0 && pass <= MAX_PASS)) {
    throw new ConfigError("pass is not usable", {
      where: "drawMasks",
      expected: `an integer from 0 to ${MAX_PASS}`,
      got: describe(pass),
    });
  }
  if (!(done >= 0 && done <= 1)) {
    throw new ConfigError("done is not a share of training", {
      where: "drawMasks",
      expected: "a number in [0, 1]",
      got: describe(done),
    });
  }
}

/** Counter and lane of a site in a layer. */
export function countersOf(
  site: Site,
  { tie }: SiteRule,
  layer: number,
  { window, stream, pass = 0 }: MaskPosition,
): { counter: number; lane: number } {
  const place = (sites.indexOf(site) << 16) | (layer << 8);
  return {
    counter: (tie === "stream" ? stream : window) >>> 0,
    lane: (pass << 24) | place | (tie === "stream" ? STREAM_LANE : 0),
  };
}
