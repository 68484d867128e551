/**
 * Modules of Node, fetched when they are first needed.
 *
 * They are not imported, neither at the top nor by `import()`: a page that loads a chapter never needs them, and a bundler
 * for browsers stops at every `node:` name that it sees.
 */

/** A built-in module of Node, or undefined in another runtime. */
export function hostModule<T extends object>(name: `node:${string}`): T | undefined {
  return globalThis.process?.getBuiltinModule?.(name) as T | undefined;
}
