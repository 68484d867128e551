/** Reading a bench's flags: words and numbers separated by commas, with an error that names the flag. */

/** The words of a flag. */
export function words(text) {
  return text.split(",").map((word) => word.trim());
}

/** The positive integers of a flag. */
export function sizes(flag, text) {
  return words(text).map((word) => positive(flag, word, Number.isSafeInteger));
}

/** The same words, all of which must be known. */
export function among(flag, given, known) {
  const unknown = given.find((word) => !known.includes(word));
  return unknown === undefined ? given : refuse(flag, `one of ${known.join(", ")}`, unknown);
}

/** A positive number. */
export function positive(flag, text, isFine = Number.isFinite) {
  const value = Number(text);
  if (isFine(value) && value > 0) return value;
  return refuse(flag, isFine === Number.isFinite ? "a positive number" : "positive integers", text);
}

function refuse(flag, expected, got) {
  console.error(`--${flag}: expected ${expected}, got ${got}`);
  process.exit(2);
}
