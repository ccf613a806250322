import { beforeAll, expect, test } from "vitest";
import { buildIfStale, run, temporaryFolder } from "./support.ts";

beforeAll(() => buildIfStale());

test("the demo shows all that it promises, by itself, and says so", async () => {
  using folder = temporaryFolder();
  const { code, stdout, stderr } = await run(["dev", "--demo", "--for", "12s", "--port", "0"], {
    cwd: folder.path,
  });
  expect({ code, stderr, broken: stdout.match(/^.*NOT SHOWN.*$/gm) }).toEqual({
    code: 0,
    stderr: "",
    broken: null,
  });
  expect(stdout.match(/^ {2}shown {5}/gm)).toHaveLength(17);
  expect(stdout).toMatch(/lateness {2}p50 \d+ ms, max /);
  expect(stdout).toMatch(/promises {2}17 of 17 shown/);
  expect(stdout).toContain("demo      paused is suspended");
}, 60_000);

test("a demo too short to show anything is refused", async () => {
  using folder = temporaryFolder();
  const { code, stderr } = await run(["dev", "--demo", "--for", "3s"], { cwd: folder.path });
  expect({ code, stderr }).toEqual({
    code: 2,
    stderr: "error[bad-usage]: --for is 3 s; the demo needs at least 10 s\n",
  });
});
