/**
 * Where downloaded corpora are kept.
 */
import { nodeModule } from "./nodeModule.ts";

/**
 * The cache folder: `TIDEGATE_CACHE`, else `XDG_CACHE_HOME/tidegate`, else `~/.cache/tidegate`.
 *
 * @param environment - the variables to look in. Default the process's
 * @example await cacheFolder({ TIDEGATE_CACHE: "/data/cache" }) // "/data/cache"
 */
export async function cacheFolder(
  environment: Readonly<Record<string, string | undefined>> = process.env,
): Promise<string> {
  const [{ homedir }, { join }] = [
    nodeModule<typeof import("node:os")>("node:os"),
    nodeModule<typeof import("node:path")>("node:path"),
  ] as const;
  const { TIDEGATE_CACHE, XDG_CACHE_HOME } = environment;
  if (TIDEGATE_CACHE) return TIDEGATE_CACHE;
  return XDG_CACHE_HOME ? join(XDG_CACHE_HOME, "tidegate") : join(homedir(), ".cache", "tidegate");
}
