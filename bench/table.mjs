/** Numbers as a person reads them, and tables of them. */

export const count = (number) => Math.round(number).toLocaleString("en-US");
/** A number of so many digits after the point; a dash for one that is not there. */
export const fixed = (number, digits = 2) => (number === undefined ? "-" : number.toFixed(digits));
export const line = (cells) => `| ${cells.join(" | ")} |`;
/** The head of a table. */
export const head = (names) => `${line(names)}\n|${"---|".repeat(names.length)}`;
