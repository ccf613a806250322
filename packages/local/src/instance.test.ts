import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { startEmbedded } from "./embedded.ts";
import { findInstance, reserve } from "./instance.ts";

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "hookclock-instance-"));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const about = (pid = process.pid) => ({
  pid,
  tasksTableName: "tasks",
  logsTableName: "logs",
  startedAt: "2030-01-31T12:00:00.000Z",
});
const file = () => join(dir, "dev.json");
/** No process has it: pids end at 4,194,304 on Linux and earlier elsewhere. */
const DEAD_PID = 2 ** 30;

test("an instance is found while it runs, and not afterwards", async () => {
  const database = await startEmbedded({ dataDir: null, port: 0 });
  const reservation = await reserve(dir, about());
  expect(await findInstance(dir)).toBeNull();
  const where = { endpoint: database.endpoint, apiUrl: "http://127.0.0.1:8766" };
  reservation.publish(where);
  expect(await findInstance(dir)).toEqual({ ...where, ...about() });
  reservation.release();
  reservation.release();
  expect(await findInstance(dir)).toBeNull();
  await database.stop();
});

test("a second one is told which process has the folder", async () => {
  const reservation = await reserve(dir, about());
  await expect(reserve(dir, about())).rejects.toMatchObject({
    code: "data-in-use",
    message: `${dir} is in use by another hookclock dev (pid ${process.pid})`,
  });
  reservation.release();
  (await reserve(dir, about())).release();
});

test("a file that a dead process left is no instance and in nobody's way", async () => {
  writeFileSync(file(), JSON.stringify({ endpoint: "http://127.0.0.1:9", ...about(DEAD_PID) }));
  expect(await findInstance(dir)).toBeNull();
  const reservation = await reserve(dir, about());
  expect(JSON.parse(readFileSync(file(), "utf8"))).toMatchObject({ pid: process.pid, endpoint: null });
  reservation.release();
});

test("a pid that is another program's by now is told by the port nobody answers on", async () => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  writeFileSync(file(), JSON.stringify({ endpoint: `http://127.0.0.1:${port}`, ...about() }));
  expect(await findInstance(dir)).toBeNull();
  (await reserve(dir, about())).release();
});

test.each(["", "{", "null", '{"pid": "x"}', '{"pid": 1, "endpoint": "ftp://x"}'])(
  "a broken file counts as none: %j",
  async (text) => {
    writeFileSync(file(), text);
    expect(await findInstance(dir)).toBeNull();
    (await reserve(dir, about())).release();
  },
);

test("a folder that is made keeps itself out of repositories, one that was there is left as it is", async () => {
  (await reserve(join(dir, "new", "below"), about())).release();
  expect(readFileSync(join(dir, "new", "below", ".gitignore"), "utf8")).toBe("*\n");
  (await reserve(dir, about())).release();
  expect(existsSync(join(dir, ".gitignore"))).toBe(false);
});

test("the file of an earlier version, without an API, is understood", async () => {
  const database = await startEmbedded({ dataDir: null, port: 0 });
  writeFileSync(file(), JSON.stringify({ endpoint: database.endpoint, ...about() }));
  expect(await findInstance(dir)).toMatchObject({ endpoint: database.endpoint, apiUrl: null });
  await database.stop();
});

test("releasing does not remove the file of a successor", async () => {
  const mine = await reserve(dir, about());
  writeFileSync(file(), JSON.stringify({ endpoint: null, ...about(DEAD_PID) }));
  mine.release();
  expect(JSON.parse(readFileSync(file(), "utf8"))).toMatchObject({ pid: DEAD_PID });
});

test("a folder that cannot be made is named", async () => {
  writeFileSync(join(dir, "plain"), "");
  await expect(reserve(join(dir, "plain", "below"), about())).rejects.toMatchObject({
    code: "data-unusable",
  });
});
