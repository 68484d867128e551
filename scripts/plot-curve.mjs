/**
 * node scripts/plot-curve.mjs metrics.jsonl > curve.svg
 *
 * Draws a metrics file of `tidegate train --metrics`: training loss (under dropout, smoothed) and validation loss in nats
 * per character over updates. Plain SVG, the same bytes for the same numbers.
 */
import { readFileSync } from "node:fs";

const lines = readFileSync(process.argv[2], "utf8")
  .trim()
  .split("\n")
  .map((line) => JSON.parse(line));
const valid = lines.filter((line) => line.split === "valid").map(({ step, nats }) => [step, nats]);
const train = smoothed(lines.filter((line) => line.split === "train").map(({ step, nats }) => [step, nats]));

/** Exponential moving average over about 30 points, thinned to 300. */
function smoothed(points) {
  let mean = points[0]?.[1] ?? 0;
  const smooth = points.map(([step, nats], k) => {
    mean += (nats - mean) / Math.min(k + 1, 30);
    return [step, mean];
  });
  const every = Math.ceil(smooth.length / 300);
  return smooth.filter((_, k) => k % every === 0);
}

const [width, height, left, right, top, bottom] = [720, 360, 56, 110, 24, 44];
const lastStep = Math.max(...[...train, ...valid].map(([step]) => step));
const low = Math.floor(Math.min(...[...train, ...valid].map(([, nats]) => nats)) * 10 - 0.5) / 10;
const high = low + 1.2;
const x = (step) => (left + (step / lastStep) * (width - left - right)).toFixed(1);
const y = (nats) =>
  (top + ((high - Math.min(nats, high)) / (high - low)) * (height - top - bottom)).toFixed(1);
const path = (points) => points.map(([step, nats], k) => `${k ? "L" : "M"}${x(step)} ${y(nats)}`).join("");

const ticksY = Array.from({ length: 7 }, (_, k) => low + 0.2 * k);
const ticksX = Array.from({ length: 5 }, (_, k) => Math.round((lastStep / 4) * k));
const best = valid.reduce((a, b) => (b[1] < a[1] ? b : a));
console.log(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="system-ui, sans-serif" font-size="12" fill="#444">
<title>Training and validation loss in nats per character over ${lastStep.toLocaleString("en-US")} updates; best validation ${best[1].toFixed(3)}</title>
<rect width="100%" height="100%" fill="#fff"/>
${ticksY.map((nats) => `<path d="M${left} ${y(nats)}H${width - right}" stroke="#e5e5e5"/><text x="${left - 8}" y="${Number(y(nats)) + 4}" text-anchor="end">${nats.toFixed(1)}</text>`).join("\n")}
${ticksX.map((step) => `<text x="${x(step)}" y="${height - bottom + 20}" text-anchor="middle">${step.toLocaleString("en-US")}</text>`).join("\n")}
<text x="${left}" y="14">nats per character</text><text x="${width - right}" y="${height - 6}" text-anchor="end">updates</text>
<path d="${path(train)}" fill="none" stroke="#9aa5b1" stroke-width="1.5"/>
<path d="${path(valid)}" fill="none" stroke="#0b6e99" stroke-width="2.5"/>
${valid.map(([step, nats]) => `<circle cx="${x(step)}" cy="${y(nats)}" r="3" fill="#0b6e99"/>`).join("")}
<text x="${width - right + 8}" y="${Number(y(best[1])) + 4}" fill="#0b6e99" font-weight="600">valid ${best[1].toFixed(3)}</text>
<text x="${width - right + 8}" y="${Number(y(train.at(-1)[1])) + 20}" fill="#7b8794">training ${train.at(-1)[1].toFixed(2)}</text>
</svg>`);
