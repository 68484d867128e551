/** docs/proofs.md says what the tests hold: no more, no less. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { proofs } from "../dropout/matrix.ts";
import { root } from "../sourceFiles.ts";
import { knownBugs, proofsPage } from "./proofsPage.ts";

test("the page is what the tables of the tests say (npx vitest run test/docs/proofs.test.ts -u)", async () => {
  await expect(proofsPage()).toMatchFileSnapshot("../../docs/proofs.md");
});

test.each(Object.entries(proofs))(
  "%s: its file runs the cases of the table, and leaves none out",
  (proof, file) => {
    const text = readFileSync(join(root, file), "utf8");
    expect(text).toContain(`casesOf("${proof}")`);
    expect(text).not.toMatch(/\.(skip|only|todo)\b/);
  },
);

test.each(knownBugs)("%s, %s: the test has its title", (_where, _what, file, title) => {
  expect(readFileSync(join(root, file), "utf8")).toContain(title);
});
