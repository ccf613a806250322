import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { BoundedFile } from "./bounded-file.ts";

let dir: string;
let path: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "hookclock-file-"));
  path = join(dir, "a.log");
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const at = (name: string): string => readFileSync(join(dir, name), "utf8");

test("lines are added to what is there, for its owner only", () => {
  new BoundedFile(path, 100).write("one\n");
  new BoundedFile(path, 100).write("two\n");
  expect(at("a.log")).toBe("one\ntwo\n");
  expect(statSync(path).mode & 0o777).toBe(0o600);
});

test("what would grow too large makes room, once", () => {
  const file = new BoundedFile(path, 10);
  for (const line of ["1111\n", "2222\n", "3333\n", "4444\n", "5555\n"]) file.write(line);
  expect([at("a.log.1"), at("a.log")]).toEqual(["3333\n4444\n", "5555\n"]);
  expect(readdirSync(dir)).toHaveLength(2);
});

test("the size of an earlier start counts, in bytes", () => {
  writeFileSync(path, "éééé");
  new BoundedFile(path, 10).write("one\n");
  expect([at("a.log.1"), at("a.log")]).toEqual(["éééé", "one\n"]);
});

test("a line longer than all of it is written whole", () => {
  const file = new BoundedFile(path, 4);
  file.write("a long line\n");
  expect(at("a.log")).toBe("a long line\n");
});
