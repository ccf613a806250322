import { startReceiver } from "@hookclock/testkit";
import { beforeAll, expect, test } from "vitest";
import { buildIfStale, linesOf, run, start, startDev, temporaryFolder } from "./support.ts";

beforeAll(() => buildIfStale());

const TASKS = 120;

test("logs --follow prints every attempt once, and Ctrl-C ends it with 0", async () => {
  using folder = temporaryFolder();
  await using receiver = await startReceiver(200);
  await using _dev = await startDev(folder.path, ["--memory"]);
  const follower = start(["logs", "--follow", "--json", "--from", "-1m"], { cwd: folder.path });
  const lines = Array.from({ length: TASKS }, (_, n) =>
    JSON.stringify({
      id: `t${n}`,
      url: receiver.url,
      scheduledDate: new Date(Date.now() + n * 20).toISOString(),
    }),
  );
  const registered = await run(["task", "register", "--file", "-"], {
    cwd: folder.path,
    input: lines.join("\n"),
  });
  expect(registered.code).toBe(0);
  await follower.until(({ stdout }) => (linesOf(stdout).length >= TASKS ? true : null));
  follower.signal("SIGINT");
  const { code, stdout } = await follower.ended;
  expect(code).toBe(0);
  const ids = linesOf(stdout).map((line) => String(line["taskId"]));
  expect(new Set(ids).size).toBe(TASKS);
  expect(ids).toHaveLength(TASKS);
}, 60_000);
