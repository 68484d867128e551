/**
 * Makes the relative imports of the declarations end in .js. The compiler leaves them as ./x.ts (TypeScript issue 61037),
 * which TypeScript itself resolves but some editors and bundlers of types do not.
 */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

for (const path of readdirSync("dist", { recursive: true, encoding: "utf8" })) {
  if (!path.endsWith(".d.ts")) continue;
  const text = readFileSync(join("dist", path), "utf8");
  const rewritten = text.replace(/(\bfrom |\bimport\(|^import )(["'])(\.[^"']*)\.ts\2/gm, "$1$2$3.js$2");
  if (rewritten !== text) writeFileSync(join("dist", path), rewritten);
}
