/** Test loss of each scheme with its interval, as a plain SVG: the same bytes for the same numbers. */
import { titleOf } from "./schemes.mjs";

const [left, right, top, step] = [210, 24, 54, 22];
const width = 720;

/** @param rows - scheme, and test with mean, low, high in bits per character; drawn in this order */
export function picture(cell, rows) {
  const none = rows.find(({ scheme }) => scheme === "none").test.mean;
  const ends = rows.flatMap(({ test }) => [test.low ?? test.mean, test.high ?? test.mean]);
  const low = Math.floor(Math.min(...ends) * 50) / 50;
  const high = Math.ceil(Math.max(...ends) * 50) / 50;
  const height = top + rows.length * step + 44;
  const x = (value) => (left + ((value - low) / (high - low)) * (width - left - right)).toFixed(1);
  const ticks = Math.round((high - low) * 50);
  const every = Math.ceil(ticks / 8);
  const grid = Array.from({ length: Math.floor(ticks / every) + 1 }, (_, k) => low + (k * every) / 50);
  const bottom = top + rows.length * step;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="system-ui, sans-serif" font-size="12">`,
    `<title>Test bits per character of a one-layer ${cell.toUpperCase()} under each dropout</title>`,
    `<rect width="${width}" height="${height}" fill="#fff"/>`,
    `<text x="16" y="24" font-size="14" font-weight="600">${cell.toUpperCase()}: test bits per character, mean and 95 % interval over seeds</text>`,
    ...grid.map(
      (value) =>
        `<line x1="${x(value)}" x2="${x(value)}" y1="${top - 8}" y2="${bottom}" stroke="#e3e6ea"/><text x="${x(value)}" y="${bottom + 18}" text-anchor="middle" fill="#555">${value.toFixed(2)}</text>`,
    ),
    `<line x1="${x(none)}" x2="${x(none)}" y1="${top - 8}" y2="${bottom}" stroke="#b0462f" stroke-dasharray="4 3"/>`,
    ...rows.map(({ scheme, test }, k) => {
      const y = top + k * step + 6;
      const colour = scheme === "none" ? "#b0462f" : "#1f5fa8";
      const bar =
        test.low === undefined
          ? ""
          : `<line x1="${x(test.low)}" x2="${x(test.high)}" y1="${y}" y2="${y}" stroke="${colour}" stroke-width="2" stroke-opacity="0.5"/>`;
      return `<text x="${left - 12}" y="${y + 4}" text-anchor="end" fill="#222">${titleOf(scheme)}</text>${bar}<circle cx="${x(test.mean)}" cy="${y}" r="4" fill="${colour}"/>`;
    }),
    `<text x="${width - right}" y="${height - 8}" text-anchor="end" fill="#555">lower is better; dashed: no dropout</text>`,
    "</svg>\n",
  ].join("\n");
}
