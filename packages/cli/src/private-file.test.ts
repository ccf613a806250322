import { chmodSync, mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { readPrivateFile, removeFile, writePrivateFile } from "./private-file.ts";

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "hookclock-private-"));
  path = join(folder, "a/b/login.json");
});
afterEach(() => rmSync(folder, { recursive: true }));

const modeOf = (of: string): number => statSync(of).mode & 0o777;

test("a private file is its owner's alone, its folders too, and it is replaced as a whole", async () => {
  await writePrivateFile(path, "one");
  await writePrivateFile(path, "two");
  expect(await readPrivateFile(path)).toBe("two");
  expect([modeOf(path), modeOf(dirname(path))]).toEqual([0o600, 0o700]);
  expect(readdirSync(dirname(path))).toEqual(["login.json"]);
});

test("one that others may read is not read", async () => {
  await writePrivateFile(path, "one");
  chmodSync(path, 0o640);
  await expect(readPrivateFile(path)).rejects.toMatchObject({ code: "EOPEN" });
  // Written anew, it is closed again.
  await writePrivateFile(path, "two");
  expect(modeOf(path)).toBe(0o600);
});

test("removing says whether there was one", async () => {
  await writePrivateFile(path, "one");
  expect([await removeFile(path), await removeFile(path)]).toEqual([true, false]);
  await expect(readPrivateFile(path)).rejects.toMatchObject({ code: "ENOENT" });
});
