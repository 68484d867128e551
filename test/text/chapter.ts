/** What the tests of this folder import: the chapter as others see it, and the kinds of error. */
export { CheckpointError, ConfigError, CorpusError, OutputError } from "../../src/errors.ts";
export * from "../../src/text/index.ts";
