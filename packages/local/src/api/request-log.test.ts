import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openRequestLog, requestLogFile } from "./request-log.ts";

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "hookclock-log-"));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const NOON = Date.UTC(2030, 0, 31, 12);
const open = (onFault: (error: unknown) => void = () => {}) => openRequestLog(dir, () => NOON, onFault);
const lines = (): unknown[] =>
  readFileSync(requestLogFile(dir), "utf8")
    .split("\n")
    .slice(0, -1)
    .map((line) => JSON.parse(line) as unknown);
const aRequest = {
  requestId: "r-1",
  method: "GET",
  route: "/v1/me",
  status: 200,
  tookMs: 3,
  keyId: "0123456789abcdef",
  namespace: null,
  code: null,
};

test("a request is one JSON line with its id and its time", () => {
  open().request(aRequest);
  expect(lines()).toEqual([{ level: "info", time: "2030-01-31T12:00:00.000Z", ...aRequest, msg: "request" }]);
});

test.each([
  [200, "info"],
  [304, "info"],
  [404, "warn"],
  [0, "warn"],
  [500, "error"],
])("status %i is told as %s", (status, level) => {
  open().request({ ...aRequest, status });
  expect(lines()).toMatchObject([{ level, status }]);
});

test("a fault has its stack, a request that the API never saw its path", () => {
  const log = open();
  const fault = { requestId: "r-1", method: "GET", route: null, code: "internal", name: "Error" };
  log.error({ ...fault, message: "broken", stack: "Error: broken\n    at here" });
  log.unanswered({ requestId: "r-2", method: "GET", path: "/", status: 403, tookMs: 1, byApi: false });
  expect(lines()).toMatchObject([
    { level: "error", message: "broken", stack: expect.stringContaining("at here"), msg: "fault" },
    { level: "warn", requestId: "r-2", path: "/", status: 403, msg: "not answered by the API" },
  ]);
});

test("secrets that come along are not written", () => {
  const token = "hc_0123456789abcdef_secret";
  const carried = {
    ...aRequest,
    authorization: token,
    request: { headers: { authorization: token, cookie: token } },
  };
  open().request(carried);
  const text = JSON.stringify(lines());
  expect(text).not.toContain(token);
  expect(text).toContain("[redacted]");
});

test("a log that cannot be opened is named", () => {
  mkdirSync(requestLogFile(dir));
  expect(() => open()).toThrow(
    expect.objectContaining({ code: "data-unusable", message: expect.stringContaining("api.log") }),
  );
});

test("a log that cannot be written any more is told once, and requests go on", () => {
  const faults: unknown[] = [];
  const log = open((error) => faults.push(error));
  rmSync(dir, { recursive: true });
  log.request(aRequest);
  log.request(aRequest);
  expect(faults).toEqual([expect.objectContaining({ code: "ENOENT" })]);
});
