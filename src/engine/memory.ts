/**
 * One linear memory, two regions: what lives as long as the model (weights, optimiser state) and what vanishes with the
 * step (activations, gradients of activations). Both are lists of chunks of one growing buffer; allocation moves a
 * cursor, the end of a step moves it back. Nothing here depends on the garbage collector.
 */
import { EngineError } from "../errors.ts";
import type { Ptr } from "./engine.ts";

export type Floats = Float32Array | Float64Array;

/** A buffer that can grow: the memory of a WebAssembly instance, or plain arrays for the reference engine. */
export interface Backing {
  /** The present buffer; a new object after each growth. */
  readonly buffer: ArrayBufferLike;
  /** Makes the buffer at least this many bytes long, or throws. */
  grow(bytes: number): void;
}

/** A place in the step region to come back to. */
export interface StepMark {
  readonly chunk: number;
  readonly used: number;
}

interface Chunk {
  readonly start: number; // element index
  readonly size: number; // elements
  used: number;
}

/** Arrays start at multiples of 16 elements: whole cache lines in float32. */
const ALIGN = 16;
/** The first 64 kB stay free: index 0 means "no array", and compiled kernels may keep constants there. */
const RESERVED_BYTES = 65536;
/** A new chunk holds at least 256 k elements (1 MB in float32), so that small models grow the memory a few times only. */
const MIN_CHUNK = 262144;

/** The memory of one engine. */
export class Memory {
  readonly bytesPerElement: 4 | 8;
  readonly #backing: Backing;
  readonly #persistent: Chunk[] = [];
  readonly #step: Chunk[] = [];
  readonly #free = new Map<number, Ptr[]>(); // persistent arrays given back, by size
  #stepChunk = 0;
  #end: number; // elements handed to chunks so far
  #f: Floats;
  #i: Int32Array;

  constructor(backing: Backing, precision: "float32" | "float64") {
    this.bytesPerElement = precision === "float32" ? 4 : 8;
    this.#backing = backing;
    this.#end = RESERVED_BYTES / this.bytesPerElement;
    [this.#f, this.#i] = this.#views();
  }

  /** All of the memory as floats; valid until the next allocation or kernel, either of which may grow the memory. */
  get f(): Floats {
    if (this.#f.buffer !== this.#backing.buffer) [this.#f, this.#i] = this.#views();
    return this.#f;
  }

  /** All of the memory as int32; the ids of an array at `p` start at `p * intsPerElement`. */
  get i(): Int32Array {
    if (this.#i.buffer !== this.#backing.buffer) [this.#f, this.#i] = this.#views();
    return this.#i;
  }

  /** int32 slots per element: 1 in float32, 2 in float64. */
  get intsPerElement(): number {
    return this.bytesPerElement / 4;
  }

  /** Bytes of the whole buffer. */
  get bytes(): number {
    return this.#backing.buffer.byteLength;
  }

  /** A view of `n` floats at `p`; valid until the next allocation or kernel, either of which may grow the memory. */
  floats(p: Ptr, n: number): Floats {
    return this.f.subarray(p, p + n);
  }

  /** A view of `n` int32 at `p`; valid until the next allocation or kernel, either of which may grow the memory. */
  ints(p: Ptr, n: number): Int32Array {
    const start = p * this.intsPerElement;
    return this.i.subarray(start, start + n);
  }

  /** `n` zeroed elements that live until `release`. */
  persistent(n: number): Ptr {
    const size = roundUp(n);
    const reused = this.#free.get(size)?.pop();
    const p = reused ?? this.#bump(this.#persistent, this.#persistent.length - 1, size);
    this.f.fill(0, p, p + size);
    return p;
  }

  /** Gives back a persistent array of `n` elements. */
  release(p: Ptr, n: number): void {
    const size = roundUp(n);
    const list = this.#free.get(size);
    if (list) list.push(p);
    else this.#free.set(size, [p]);
  }

  /** `n` elements of the step region, not zeroed; they vanish with `rewind`. */
  step(n: number): Ptr {
    const size = roundUp(n);
    while (this.#stepChunk < this.#step.length) {
      const chunk = this.#step[this.#stepChunk]!;
      if (chunk.used + size <= chunk.size) return take(chunk, size);
      if (this.#stepChunk + 1 >= this.#step.length) break;
      this.#step[++this.#stepChunk]!.used = 0;
    }
    const p = this.#bump(this.#step, this.#step.length, size);
    this.#stepChunk = this.#step.length - 1;
    return p;
  }

  /** The present end of the step region. */
  mark(): StepMark {
    return { chunk: this.#stepChunk, used: this.#step[this.#stepChunk]?.used ?? 0 };
  }

  /** Forgets all step arrays taken since `mark`. */
  rewind(mark: StepMark): void {
    this.#stepChunk = mark.chunk;
    const chunk = this.#step[mark.chunk];
    if (chunk) chunk.used = mark.used;
  }

  #bump(chunks: Chunk[], last: number, size: number): Ptr {
    const chunk = chunks[last];
    if (chunk && chunk.used + size <= chunk.size) return take(chunk, size);
    const grown = this.#newChunk(size);
    chunks.push(grown);
    return take(grown, size);
  }

  #newChunk(size: number): Chunk {
    const chunk: Chunk = { start: this.#end, size: Math.max(size, MIN_CHUNK), used: 0 };
    const bytes = (chunk.start + chunk.size) * this.bytesPerElement;
    if (bytes > this.#backing.buffer.byteLength) {
      try {
        this.#backing.grow(bytes);
      } catch (cause) {
        throw new EngineError("the memory cannot grow", {
          where: "Memory",
          expected: `room for ${megabytes(bytes)} in all`,
          got: `${megabytes(this.bytes)} and no more from this runtime`,
          mend: "Use a smaller hiddenSize, batchSize or sequenceLength",
          cause,
        });
      }
    }
    this.#end += chunk.size;
    return chunk;
  }

  #views(): [Floats, Int32Array] {
    const { buffer } = this.#backing;
    const f = this.bytesPerElement === 4 ? new Float32Array(buffer) : new Float64Array(buffer);
    return [f, new Int32Array(buffer)];
  }
}

function take(chunk: Chunk, size: number): Ptr {
  const p = chunk.start + chunk.used;
  chunk.used += size;
  return p;
}

function roundUp(n: number): number {
  return Math.ceil(Math.max(n, 1) / ALIGN) * ALIGN;
}

function megabytes(bytes: number): string {
  return `${Math.ceil(bytes / 2 ** 20)} MB`;
}
