/** What each scheme changes against none, as a plain SVG: the same bytes for the same numbers. */
import { titleOf } from "./schemes.mjs";

const [left, right, top, step] = [210, 24, 72, 22];
const width = 720;
const [testColour, validColour, noneColour] = ["#1f5fa8", "#8a8f98", "#b0462f"];
/** Distances of grid lines, in bits, of which the first that leaves no more than nine lines is taken. */
const distances = [0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1];

/** @param rows - scheme, and valid and test with the mean of their difference to none, test with low and high; drawn in this order */
export function picture(title, rows) {
  const ends = rows
    .flatMap(({ valid, test }) => [valid.mean, test.mean, test.low, test.high, 0])
    .filter(Number.isFinite);
  const [lowest, highest] = [Math.min(...ends), Math.max(...ends)];
  const distance = distances.find((one) => highest - lowest < 8 * one) ?? highest - lowest;
  const [first, last] = [Math.floor(lowest / distance), Math.ceil(highest / distance)];
  const bottom = top + rows.length * step;
  const x = (value) =>
    (left + ((value / distance - first) / (last - first || 1)) * (width - left - right)).toFixed(1);
  const grid = Array.from({ length: last - first + 1 }, (_, k) => (first + k) * distance);
  const text = (at, y, content, more = "") => `<text x="${at}" y="${y}"${more}>${content}</text>`;
  const dot = (at, y, colour, fill) =>
    `<circle cx="${at}" cy="${y}" r="4" fill="${fill}" stroke="${colour}" stroke-width="1.5"/>`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${bottom + 44}" font-family="system-ui, sans-serif" font-size="12">`,
    `<title>${title}</title>`,
    `<rect width="${width}" height="${bottom + 44}" fill="#fff"/>`,
    text(16, 24, `${title}, bits per character`, ' font-size="14" font-weight="600"'),
    `${dot(22, 41, testColour, testColour)}${text(34, 45, "test, with 95 % interval", ' fill="#555"')}`,
    `${dot(202, 41, validColour, "#fff")}${text(214, 45, "validation", ' fill="#555"')}`,
    ...grid.map(
      (value) =>
        `<line x1="${x(value)}" x2="${x(value)}" y1="${top - 8}" y2="${bottom}" stroke="#e3e6ea"/>` +
        text(x(value), bottom + 18, Number(value.toFixed(4)), ' text-anchor="middle" fill="#555"'),
    ),
    `<line x1="${x(0)}" x2="${x(0)}" y1="${top - 8}" y2="${bottom}" stroke="${noneColour}" stroke-dasharray="4 3"/>`,
    ...rows.map(({ scheme, valid, test }, k) => {
      const y = top + k * step + 6;
      const bar =
        test.low === undefined
          ? ""
          : `<line x1="${x(test.low)}" x2="${x(test.high)}" y1="${y}" y2="${y}" stroke="${testColour}" stroke-width="2" stroke-opacity="0.5"/>`;
      const name = text(left - 12, y + 4, titleOf(scheme), ' text-anchor="end" fill="#222"');
      return `${name}${bar}${dot(x(valid.mean), y, validColour, "#fff")}${dot(x(test.mean), y, testColour, testColour)}`;
    }),
    text(
      width - right,
      bottom + 36,
      "left of the dashed line: better than no dropout",
      ' text-anchor="end" fill="#555"',
    ),
    "</svg>\n",
  ].join("\n");
}
