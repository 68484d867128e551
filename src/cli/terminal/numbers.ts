/** Numbers as people read them. */

/** 1234567 as "1,234,567" */
export function whole(value: number): string {
  return Math.round(value).toLocaleString("en-US");
}

/** A fixed number of digits behind the point; "-" where there is no number. */
export function fixed(value: number | null | undefined, digits: number): string {
  return value === null || value === undefined || Number.isNaN(value) ? "-" : value.toFixed(digits);
}

/** Three significant digits, for norms and rates of any size: 0.00213, 1.25e-7 */
export function significant(value: number): string {
  if (value === 0 || !Number.isFinite(value)) return String(value);
  const size = Math.abs(value);
  return size >= 1e-4 && size < 1e6 ? String(Number(value.toPrecision(3))) : value.toExponential(2);
}

/** Bytes in decimal units: "1.1 MB". */
export function bytes(value: number): string {
  if (value < 1000) return `${value} B`;
  if (value < 1e6) return `${(value / 1000).toFixed(0)} kB`;
  return `${(value / 1e6).toFixed(1)} MB`;
}

/** Seconds as "42s", "3m 05s", "2h 07m"; "?" while unknown. */
export function duration(seconds: number | null): string {
  if (seconds === null || !Number.isFinite(seconds)) return "?";
  const total = Math.round(seconds);
  if (total < 60) return `${total}s`;
  if (total < 3600) return `${Math.floor(total / 60)}m ${String(total % 60).padStart(2, "0")}s`;
  return `${Math.floor(total / 3600)}h ${String(Math.floor((total % 3600) / 60)).padStart(2, "0")}m`;
}

/** "1 symbol", "2 symbols" */
export function counted(count: number, noun: string): string {
  return `${whole(count)} ${noun}${count === 1 ? "" : "s"}`;
}
