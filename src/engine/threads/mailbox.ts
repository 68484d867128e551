/**
 * The memory through which orders reach the other threads: for each a line of words and a line of arguments.
 *
 *   ORDER   number of the last order given     the thread waits for it to change
 *   DONE    number of the last order done      the giver waits for it to change
 *   KERNEL  which kernel, by its place in the list of names; STOP ends the thread
 *   COUNT   how many arguments
 *   FAILED  1 when the kernel threw; the message is in the text of the hand
 *
 * A thread looks for a new order for a short while before it sleeps: in a training step the next one comes within
 * microseconds, and waking takes longer than that. Idle threads sleep.
 */
export const ORDER = 0;
export const DONE = 1;
export const KERNEL = 2;
export const COUNT = 3;
export const FAILED = 4;
export const STOP = -1;

const WORDS = 32; // two cache lines per hand, so that hands do not disturb each other
const ARGUMENTS = 64; // lstmBackward has 45; more than there is room for would be lost without a word
const TEXT = 256;
const BYTES = WORDS * 4 + ARGUMENTS * 8 + TEXT;

/** Looks before sleeping: about 20 microseconds. */
const LOOKS = 2000;

/** One hand's part of the mailbox. */
export interface Box {
  readonly words: Int32Array;
  readonly args: Float64Array;
  readonly text: Uint8Array;
}

/** A mailbox for `hands` threads beside the giver's. */
export function createMailbox(hands: number): SharedArrayBuffer {
  return new SharedArrayBuffer(hands * BYTES);
}

/** The box of hand k. */
export function boxOf(mailbox: SharedArrayBuffer, k: number): Box {
  const at = k * BYTES;
  return {
    words: new Int32Array(mailbox, at, WORDS),
    args: new Float64Array(mailbox, at + WORDS * 4, ARGUMENTS),
    text: new Uint8Array(mailbox, at + WORDS * 4 + ARGUMENTS * 8, TEXT),
  };
}

/** Gives an order: nothing in the box may be touched until it is done. */
export function give(box: Box, kernel: number, part: readonly number[]): void {
  box.words[KERNEL] = kernel;
  box.words[COUNT] = part.length;
  for (let k = 0; k < part.length; k++) box.args[k] = part[k]!;
  Atomics.add(box.words, ORDER, 1);
  Atomics.notify(box.words, ORDER);
}

/**
 * Waits until a word differs from `old`; false when `milliseconds` have passed first.
 *
 * To be woken is no proof of a change: who changes the word notifies a moment later, and when its thread was put aside in
 * between, the waiter may have seen that change long ago and sleep for the next one.
 */
export function changed(words: Int32Array, word: number, old: number, milliseconds: number): boolean {
  for (let look = 0; look < LOOKS; look++) if (Atomics.load(words, word) !== old) return true;
  const end = performance.now() + milliseconds;
  for (let left = milliseconds; left > 0; left = end - performance.now()) {
    if (canSleep()) Atomics.wait(words, word, old, left); // the main thread of a page may not
    if (Atomics.load(words, word) !== old) return true;
  }
  return false;
}

let sleeps: boolean | undefined;

function canSleep(): boolean {
  if (sleeps === undefined) {
    try {
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 1);
      sleeps = true;
    } catch {
      sleeps = false;
    }
  }
  return sleeps;
}
