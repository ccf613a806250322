// Which test holds which rule of WebSub: fills in docs/websub.md from the names of the tests, or says what is missing.
//   node scripts/websub-rules.mjs            prints rules without a test; exit 1 if there are any, or the page is old
//   node scripts/websub-rules.mjs --write    writes the page
import { globSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const page = join(root, "docs/websub.md");
const ROW = /^\| ([A-Z]+(?:-[A-Z]+)?\d*(?:-[A-Z]*\d+)?) \| ([^|]+) \| ([^|]+) \|([^|]*)\|(?:[^|]*\|)?$/;
/** A title that begins with rules: "S-R1, S-R2: the hub is asked". */
const TITLE = /["'`]((?:T|P|[SH]-[A-Z])-?\d+\b[^"'`\n]*)/g;
/** What stands in the last column of a rule that no test of ours can hold. */
const NOT_OURS = /^not done: /;

const files = globSync(["packages/websub/src/**/*.test.ts", "test/websub/**/*.test.ts"], {
  cwd: root,
}).sort();

/** Rule → files that have a test of its name. */
const holders = new Map();
for (const file of files) {
  for (const [, title] of readFileSync(join(root, file), "utf8").matchAll(TITLE)) {
    for (const [rule] of title.matchAll(/\b(?:T|P|[SH]-[A-Z])-?\d+\b/g)) {
      holders.set(rule, (holders.get(rule) ?? new Set()).add(file));
    }
  }
}

const link = (file) =>
  `[${file.replace(/^.*\/(?=[^/]+\/[^/]+$)/, "").replace(/\.test\.ts$/, "")}](${relative("docs", file)})`;
const before = readFileSync(page, "utf8");
const missing = [];
const after = before.replaceAll(/^\|.*\|$/gm, (line) => {
  const [, rule, level, says, tests = ""] = ROW.exec(line) ?? [];
  if (rule === undefined || NOT_OURS.test(tests.trim())) return line;
  const held = [...(holders.get(rule) ?? [])];
  if (held.length === 0) missing.push(`${rule} (${level}): ${says}`);
  return `| ${rule} | ${level} | ${says} | ${held.map(link).join(", ")} | ${held.length > 0 ? "held" : ""} |`;
});

if (process.argv.includes("--write")) writeFileSync(page, after);
else if (after !== before) {
  console.error("docs/websub.md is not what the tests say; run: node scripts/websub-rules.mjs --write");
  process.exitCode = 1;
}
for (const rule of missing) console.error(`no test holds ${rule}`);
if (missing.length > 0) process.exitCode = 1;
