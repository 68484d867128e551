/** The log of measurements, newest last. */
import { appendFileSync } from "node:fs";

export const today = () => new Date().toISOString().slice(0, 10);

export function appendToLog(title, lines) {
  const entry = `\n## ${today()}: ${title}\n\n${lines.join("\n")}\n`;
  appendFileSync(new URL("./LOG.md", import.meta.url), entry);
}
