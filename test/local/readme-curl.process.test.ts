// The curl lines of the README, as they stand there: only the address is the one of the instance under test, as the
// README tells its reader, and its pause is a wait for what it waits for.
import { execFile } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";
import { loudSkip } from "@hookclock/testkit";
import { beforeAll, describe, expect, test } from "vitest";
import { buildIfStale, startDev, temporaryFolder } from "../cli/support.ts";

const readme = readFileSync(new URL("../../README.md", import.meta.url), "utf8");

type Block = { assignments: string; before: string; after: string };

/** The commands between the two marks, and what is before and after the pause. */
function blockOf(text: string): Block {
  const [, lines = ""] = /<!-- curl begins[^>]*-->\n```bash\n(.*?)```\n<!-- curl ends -->/s.exec(text) ?? [];
  const [before = "", after = ""] = lines.split(/^sleep \d+\b.*\n/m);
  const assignments = before
    .split("\n")
    .filter((line) => /^[A-Z]+=/.test(line))
    .join("\n");
  return { assignments, before, after };
}

/** Runs lines as a shell does and hands back each JSON document that was printed. */
async function sh(lines: string, cwd: string): Promise<{ [field: string]: unknown }[]> {
  // Each answer on a line of its own, and no meter of progress: nothing else is different.
  const said = lines.replaceAll(/^curl /gm, "curl -sS -w '\\n' ");
  const { stdout } = await promisify(execFile)("sh", ["-e", "-c", said], { cwd });
  return stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as { [field: string]: unknown });
}

const hasCurl = (process.env["PATH"] ?? "")
  .split(delimiter)
  .some((folder) => existsSync(join(folder, "curl")));

beforeAll(() => buildIfStale());

loudSkip(describe, hasCurl ? null : "curl is not installed")("the curl lines of the README", () => {
  test.each([
    ["hookclock dev", []],
    ["npm start", ["--demo"]],
  ])("work while %s runs", async (_name, options) => {
    using folder = temporaryFolder();
    await using dev = await startDev(folder.path, options);
    const { assignments, before, after } = blockOf(readme.replaceAll("http://127.0.0.1:8766", dev.apiUrl));
    const [registered] = await sh(before, folder.path);
    expect(registered).toMatchObject({ id: "hello", namespace: "default", status: "ACTIVE" });
    await dev.event(({ type, task }) => {
      const { id, status } = (task ?? {}) as { id?: string; status?: string };
      return type === "attempt" && id === "hello" && status === "DONE";
    });
    const [task, logs] = await sh(`${assignments}\n${after}`, folder.path);
    expect(task).toMatchObject({ id: "hello", status: "DONE", execution: { successful: 2, failed: 0 } });
    expect(logs).toMatchObject({ count: 2, nextCursor: null });
    dev.signal("SIGINT");
    expect((await dev.ended).code).toBe(0);
  });
});

test("there are lines to run, of both kinds", () => {
  const { assignments, before, after } = blockOf(readme);
  expect(assignments.match(/=/g)).toHaveLength(2);
  expect([before, after].map((lines) => lines.match(/^curl /gm)?.length)).toEqual([1, 2]);
});
