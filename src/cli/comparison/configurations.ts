/** What a comparison compares, from flags. */
import { ConfigError, describe } from "../../errors.ts";
import type { TrainingOptions } from "../../lm/index.ts";
import { itemsOf } from "../flags/listFlag.ts";
import { readJsonFile } from "../flags/trainingOptions.ts";
import { dropoutFlag } from "../flags/valueFlag.ts";

/** The baseline, the scheme known to harm, the one known to help, and what most frameworks offer. */
const USUAL_DROPOUTS = "none,naive:0.25,gal:0.25,output:0.25";

/**
 * Configurations by name: those of a file, or one for each dropout of a list, called as it is written.
 *
 * @throws ConfigError when both are given, the file cannot be read, or a dropout stands in the list twice
 */
export async function readConfigurations({
  dropouts,
  configs,
}: {
  dropouts?: string | undefined;
  configs?: string | undefined;
}): Promise<Record<string, TrainingOptions>> {
  if (configs !== undefined && dropouts !== undefined) {
    throw new ConfigError("--configs and --dropouts both say what is compared", {
      where: "compare",
      expected: "one of them",
      got: "both",
      mend: 'In the file, a configuration can have a "dropout"',
    });
  }
  if (configs !== undefined)
    return (await readJsonFile(configs, "--configs")) as Record<string, TrainingOptions>;
  const configurations: Record<string, TrainingOptions> = {};
  for (const item of itemsOf("--dropouts", dropouts ?? USUAL_DROPOUTS)) {
    if (Object.hasOwn(configurations, item)) {
      throw new ConfigError("a dropout stands in the list twice", {
        where: "--dropouts",
        expected: "different dropouts",
        got: describe(item),
      });
    }
    configurations[item] = { dropout: dropoutFlag(item) };
  }
  return configurations;
}
