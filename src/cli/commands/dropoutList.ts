/** tidegate dropout list */
import { presetAliases, presetNames, presets, sites } from "../../nn/index.ts";
import { createConsole } from "../terminal/console.ts";
import { table } from "../terminal/table.ts";

/** Lists the presets. */
export function listDropouts({ json }: { readonly json?: boolean }): void {
  const console = createConsole(json);
  const rows = presetNames.map((name) => {
    const aliases = Object.entries(presetAliases).flatMap(([alias, of]) => (of === name ? [alias] : []));
    return { name, aliases, ...presets[name] };
  });
  console.result(
    ...table(
      [{ heading: "name" }, { heading: "also" }, { heading: "masks" }, { heading: "source" }],
      rows.map(({ name, aliases, sites: rules, source }) => [
        name,
        aliases.join(", "),
        sites.filter((site) => rules[site]).join(", ") || "nothing",
        source,
      ]),
    ),
  );
  console.json({ presets: rows });
}
