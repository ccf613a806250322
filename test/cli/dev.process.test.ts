import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { startReceiver } from "@hookclock/testkit";
import { beforeAll, expect, test } from "vitest";
import { buildIfStale, linesOf, run, start, startDev, temporaryFolder } from "./support.ts";

beforeAll(() => buildIfStale());

const register = (cwd: string, ...args: string[]) => run(["task", "register", "--json", ...args], { cwd });
const fileIn = (cwd: string): string => join(cwd, ".hookclock/dev.json");

test("Ctrl-C finishes what is in flight, says so, and ends with 0", async () => {
  using folder = temporaryFolder();
  let answer = (): void => {};
  const after = new Promise<void>((resolve) => {
    answer = resolve;
  });
  await using receiver = await startReceiver({ status: 200, after });
  await using dev = await startDev(folder.path);
  expect(JSON.parse(readFileSync(fileIn(folder.path), "utf8"))).toMatchObject({
    endpoint: dev.endpoint,
    pid: dev.child.pid,
  });
  await register(folder.path, "--id", "long", "--url", receiver.url);
  await receiver.received(1);
  dev.signal("SIGINT");
  expect(await dev.event(({ type }) => type === "draining")).toMatchObject({ inFlight: 1 });
  answer();
  const { code, stdout, stderr } = await dev.ended;
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  const types = linesOf(stdout).map(({ type }) => type);
  expect(types.indexOf("attempt")).toBeGreaterThan(types.indexOf("draining"));
  expect(types.at(-1)).toBe("stopped");
  expect(existsSync(fileIn(folder.path))).toBe(false);
});

test("a second Ctrl-C ends at once with 130, and still leaves no dev.json", async () => {
  using folder = temporaryFolder();
  await using receiver = await startReceiver("hang");
  await using dev = await startDev(folder.path, ["--memory"]);
  await register(folder.path, "--url", receiver.url);
  await receiver.received(1);
  dev.signal("SIGTERM");
  await dev.event(({ type }) => type === "draining");
  dev.signal("SIGINT");
  expect((await dev.ended).code).toBe(130);
  expect(existsSync(fileIn(folder.path))).toBe(false);
});

test("data of a killed instance opens again, and what was due then runs", async () => {
  using folder = temporaryFolder();
  await using receiver = await startReceiver(200);
  const first = await startDev(folder.path);
  await register(folder.path, "--id", "kept", "--url", receiver.url, "--at", "in 1 hour");
  await register(folder.path, "--id", "soon", "--url", receiver.url, "--at", "+3s");
  first.signal("SIGKILL");
  await first.ended;
  expect(existsSync(fileIn(folder.path))).toBe(true);
  expect((await run(["task", "list"], { cwd: folder.path })).code).toBe(5);

  await using second = await startDev(folder.path);
  await second.event(({ type, task }) => type === "attempt" && (task as { id: string }).id === "soon");
  const { stdout } = await run(["task", "list", "--json"], { cwd: folder.path });
  const statuses = (JSON.parse(stdout).items as { id: string; status: string }[]).map(({ id, status }) => [
    id,
    status,
  ]);
  expect(Object.fromEntries(statuses)).toEqual({ kept: "ACTIVE", soon: "DONE" });
}, 60_000);

test("a second instance on the same data is told who has it; a taken port is named", async () => {
  using folder = temporaryFolder();
  using other = temporaryFolder();
  await using dev = await startDev(folder.path, ["--memory"]);
  const second = await run(["dev", "--port", "0"], { cwd: folder.path });
  expect(second).toMatchObject({ code: 4, stderr: expect.stringContaining(`pid ${dev.child.pid}`) });
  const { port } = new URL(dev.endpoint);
  const third = await run(["dev", "--memory", "--port", port], { cwd: other.path });
  expect(third).toMatchObject({
    code: 1,
    stderr: expect.stringContaining(`port ${port} of 127.0.0.1 is taken`),
  });
  expect(third.stderr).toContain("--port 0");
  expect(existsSync(fileIn(other.path))).toBe(false);
});

test("on a pipe it writes plain lines without colour", async () => {
  using folder = temporaryFolder();
  const dev = start(["dev", "--memory", "--port", "0"], { cwd: folder.path });
  await dev.until(({ stdout }) => (stdout.includes("in dev only") ? true : null));
  dev.signal("SIGINT");
  const { code, stdout } = await dev.ended;
  expect(code).toBe(0);
  expect(stdout).not.toContain("\u001b");
  expect(stdout).toMatch(
    /started {3}hookclock dev \(pid \d+\), database http:\/\/127\.0\.0\.1:\d+, in memory/,
  );
  expect(stdout).toMatch(/stopping {2}nothing is in flight\n.*stopped {3}0 attempts: 0 ok, 0 failed\n$/);
});
