// The shell lines of the guide, as they stand there, against an instance: each one has to succeed.
import { execFile } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";
import { loudSkip } from "@hookclock/testkit";
import { beforeAll, describe, expect, test } from "vitest";
import { buildIfStale, startDev, temporaryFolder } from "../cli/support.ts";

const ADDRESS = "http://127.0.0.1:8766";
/** The guide's reader puts the id of a key of their own in its place. */
const SAMPLE_KEY = "9f0c2b7a41d8e653";
const guide = readFileSync(new URL("../../docs/api.md", import.meta.url), "utf8");
const [assignments = "", ...blocks] = [...guide.matchAll(/```bash\n(.*?)```/gs)].map(
  (match) => match[1] ?? "",
);

const hasCurl = (process.env["PATH"] ?? "")
  .split(delimiter)
  .some((folder) => existsSync(join(folder, "curl")));

beforeAll(() => buildIfStale());

loudSkip(describe, hasCurl ? null : "curl is not installed")("the guide to the HTTP API", () => {
  test("says lines that work, one after the other", async () => {
    using folder = temporaryFolder();
    await using dev = await startDev(folder.path);
    const run = async (lines: string): Promise<string> => {
      const text = `${assignments}\n${lines}`.replaceAll(ADDRESS, dev.apiUrl);
      // An answer of 400 or more ends the script with a failure.
      const strict = text.replaceAll(/^curl /gm, "curl -sS --fail-with-body ");
      return (await promisify(execFile)("sh", ["-e", "-c", strict], { cwd: folder.path })).stdout;
    };
    const made = await run(
      `curl -H "$AUTH" -H "$JSON" $API/v1/keys -d '{"name": "n", "namespaces": ["x"], "permission": "read"}'`,
    );
    const { id } = (JSON.parse(made) as { key: { id: string } }).key;
    const answers: string[] = [];
    for (const lines of blocks) answers.push(await run(lines.replaceAll(SAMPLE_KEY, id)));
    expect(answers).toHaveLength(6);
    expect(answers.join("\n")).toContain('"failed":1');
    expect(answers.at(-2)).toContain(`"revokedDate":"`);
    dev.signal("SIGINT");
    expect((await dev.ended).code).toBe(0);
  });
});

test("there is a line to revoke a key with", () => {
  expect(guide.split(SAMPLE_KEY)).toHaveLength(2);
});
