/** The most memory that this process has had resident, in MB. */
import { readFileSync } from "node:fs";

export function peakMemory() {
  // getrusage would count what the parent had resident when it started this process; Linux's high-water mark does not
  if (process.platform === "linux") {
    const kilobytes = /VmHWM:\s+(\d+) kB/.exec(readFileSync("/proc/self/status", "utf8"))?.[1];
    if (kilobytes) return Number(kilobytes) / 1024;
  }
  return process.resourceUsage().maxRSS / 1024;
}
