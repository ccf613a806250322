// The WebSub lines of the README, as they stand there: only the addresses of the instance and of the site are others, and
// between two lines the test waits for what the first of them leads to.
import { execFile } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";
import { loudSkip, startReceiver } from "@hookclock/testkit";
import { beforeAll, describe, expect, test } from "vitest";
import { buildIfStale, startDev, temporaryFolder } from "../cli/support.ts";

const readme = readFileSync(new URL("../../README.md", import.meta.url), "utf8");
const [, block = ""] =
  /<!-- websub begins[^>]*-->\n```bash\n(.*?)```\n<!-- websub ends -->/s.exec(readme) ?? [];
const [assignments = "", ...rest] = block.split(/\n\n/);
/** Each command with its continuation lines. */
const commands = rest.join("\n").split(/^(?=curl )/m);

const atomOf = (url: string): string =>
  `<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom"><id>${url}</id><title>A blog</title><updated>2030-01-31T12:00:00Z</updated><entry><id>${url}#1</id><title>First</title><updated>2030-01-31T12:00:00Z</updated></entry></feed>`;

/** Runs one command as a shell does, after the assignments. */
async function shell(command: string, cwd: string): Promise<Record<string, unknown>> {
  const { stdout } = await promisify(execFile)("sh", ["-e", "-c", command], { cwd });
  return stdout === "" ? {} : (JSON.parse(stdout) as Record<string, unknown>);
}

const hasCurl = (process.env["PATH"] ?? "")
  .split(delimiter)
  .some((folder) => existsSync(join(folder, "curl")));

beforeAll(() => buildIfStale());

loudSkip(describe, hasCurl ? null : "curl is not installed")("the WebSub lines of the README", () => {
  test("lead from a page to a signed delivery at the consumer", async () => {
    using folder = temporaryFolder();
    await using dev = await startDev(folder.path, ["--memory"]);
    await using site = await startReceiver(({ url }) => {
      if (url === "/hook") return { status: 204 };
      const link = `<${dev.apiUrl}/hub>; rel="hub", <${site.url}/feed>; rel="self"`;
      const headers = { "content-type": "application/atom+xml", link };
      return { status: 200, headers, body: atomOf(`${site.url}/feed`) };
    });
    const run = (index: number) => {
      const command = `${assignments}\n${(commands[index] ?? "").replace(/^curl /, "curl -sS ")}`;
      const here = command.replaceAll("http://127.0.0.1:8766", dev.apiUrl);
      return shell(here.replaceAll("http://127.0.0.1:3000", site.url), folder.path);
    };

    expect(await run(0)).toMatchObject({
      consumer: { name: "my-app" },
      secret: expect.stringMatching(/^whsec_/),
    });
    expect(await run(1)).toMatchObject({ id: "blog", state: "pending" });
    await dev.event(({ type, what }) => type === "websub" && what === "hub.verified");
    expect(await run(2)).toMatchObject({
      state: "active",
      topic: `${site.url}/feed`,
      hub: `${dev.apiUrl}/hub`,
    });
    await run(3);
    await dev.event(({ type, task }) => {
      const { id, status } = (task ?? {}) as { id?: string; status?: string };
      return type === "attempt" && id?.startsWith("deliver/my-app/") === true && status === "DONE";
    });
    expect(site.requests.find(({ url }) => url === "/hook")?.headers["webhook-signature"]).toMatch(/^v1,/);
    expect(await run(4)).toMatchObject({ consumers: [{ name: "my-app", enabled: true, failuresInARow: 0 }] });
    dev.signal("SIGINT");
    expect((await dev.ended).code).toBe(0);
  });
});

test("there are five lines to run", () => {
  expect(assignments.match(/^[A-Z]+=/gm)).toHaveLength(3);
  expect(commands.map((command) => command.startsWith("curl "))).toEqual(Array(5).fill(true));
});
