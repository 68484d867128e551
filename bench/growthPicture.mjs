/**
 * How time and memory grow, as plain SVG: a column for each axis, time for a character above, memory below, both scales
 * logarithmic; what the formulas expect is the dashed line. The same bytes for the same numbers.
 */

const panel = { width: 150, height: 130, gapX: 44, gapY: 66 };
const edge = { left: 52, top: 72, right: 14, bottom: 40 };
const colours = { measured: "#0b6e99", expected: "#9aa5b1", text: "#444", grid: "#e5e5e5" };

/**
 * @param axes - [{ label, points: [{ x, micros, flop, megabytes, expectedMegabytes }] }]
 * @param caption - the engine and the machine
 */
export function growthPicture(axes, caption) {
  const width = edge.left + axes.length * (panel.width + panel.gapX) - panel.gapX + edge.right;
  const height = edge.top + 2 * panel.height + panel.gapY + edge.bottom;
  const last = (points) => points[points.length - 1];
  const scaleTime = ({ points }) => last(points).micros / last(points).flop;
  const rows = [
    {
      title: "µs per character",
      series: (axis) => [
        axis.points.map(({ x, micros }) => [x, micros]),
        axis.points.map(({ x, flop }) => [x, flop * scaleTime(axis)]),
      ],
    },
    {
      title: "MB of arrays",
      series: (axis) => [
        axis.points.map(({ x, megabytes }) => [x, megabytes]),
        axis.points.map(({ x, expectedMegabytes }) => [x, expectedMegabytes]),
      ],
    },
  ];
  const panels = rows.flatMap(({ title, series }, row) => {
    const drawn = axes.map(series);
    const range = decades(drawn.flat(2).map(([, y]) => y));
    const top = edge.top + row * (panel.height + panel.gapY);
    return [
      `<text x="${edge.left - 40}" y="${top - 12}" font-weight="600">${title}</text>`,
      ...axes.map((axis, column) =>
        drawPanel(axis, drawn[column], range, edge.left + column * (panel.width + panel.gapX), top),
      ),
    ];
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="system-ui, sans-serif" font-size="11" fill="${colours.text}">
<title>Time for a character and memory of training, as one size grows at a time</title>
<rect width="100%" height="100%" fill="#fff"/>
<text x="${edge.left - 40}" y="20" font-size="13" font-weight="600">Growing one size at a time</text>
<text x="${edge.left - 40}" y="36">${caption}; dashed: what arithmetic and arrays come to</text>
${panels.join("\n")}
</svg>
`;
}

/** Powers of ten that hold all numbers: [lowest, highest]. */
function decades(numbers) {
  const logs = numbers.filter((y) => y > 0).map(Math.log10);
  return [
    Math.floor(Math.min(...logs)),
    Math.max(Math.ceil(Math.max(...logs)), Math.floor(Math.min(...logs)) + 1),
  ];
}

function drawPanel({ label, points }, [measured, expected], [low, high], left, top) {
  const logX = points.map(({ x }) => Math.log10(x));
  const spanX = logX[logX.length - 1] - logX[0] || 1;
  const place = ([x, y]) => [
    (left + ((Math.log10(x) - logX[0]) / spanX) * panel.width).toFixed(1),
    (top + ((high - Math.log10(y)) / (high - low)) * panel.height).toFixed(1),
  ];
  const visible = (series) => series.filter(([, y]) => y >= 10 ** low);
  const path = (series) =>
    visible(series)
      .map((point, k) => `${k ? "L" : "M"}${place(point).join(" ")}`)
      .join("");
  const ticksY = Array.from({ length: high - low + 1 }, (_, k) => low + k).map((power) => {
    const y = (top + ((high - power) / (high - low)) * panel.height).toFixed(1);
    return `<path d="M${left} ${y}h${panel.width}" stroke="${colours.grid}"/><text x="${left - 6}" y="${(Number(y) + 4).toFixed(1)}" text-anchor="end">${short(10 ** power)}</text>`;
  });
  const bottom = top + panel.height;
  const ticksX = points.map(({ x }) => {
    const [at] = place([x, 1]);
    return `<text x="${at}" y="${bottom + 15}" text-anchor="middle" font-size="9">${short(x)}</text>`;
  });
  return [
    ...ticksY,
    ...ticksX,
    `<text x="${left + panel.width / 2}" y="${bottom + 30}" text-anchor="middle">${label}</text>`,
    `<path d="${path(expected)}" fill="none" stroke="${colours.expected}" stroke-width="1.5" stroke-dasharray="4 3"/>`,
    `<path d="${path(measured)}" fill="none" stroke="${colours.measured}" stroke-width="2"/>`,
    ...visible(measured).map((point) => {
      const [cx, cy] = place(point);
      return `<circle cx="${cx}" cy="${cy}" r="3" fill="${colours.measured}"/>`;
    }),
  ].join("");
}

function short(number) {
  if (number >= 1e6) return `${number / 1e6}M`;
  if (number >= 1000 && number % 1000 === 0) return `${number / 1000}k`;
  return String(number);
}
