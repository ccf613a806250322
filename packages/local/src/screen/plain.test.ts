import { expect, test } from "vitest";
import { jsonOf } from "./json.ts";
import { plainPaint } from "./paint.ts";
import { linesOf } from "./plain.ts";
import { aGlimpse, asked, attempted, learned, NOON, started } from "./test-events.ts";

const said = (event: Parameters<typeof linesOf>[0]) => linesOf(event, { paint: plainPaint, timeZone: "UTC" });

test("an attempt is one line: what, which try, the answer, what comes next", () => {
  expect(said(attempted({ id: "a", status: "DONE", reason: "max-repeat", nextAt: null }))).toEqual([
    "12:00:00.000  ok        demo/a  run 1 try 1/4  200 OK in 5 ms, late 2 ms; now DONE",
  ]);
  const failed = attempted(
    { id: "a", reason: "retrying", nextAt: NOON + 500 },
    { outcome: "retryable", responseStatus: 0, error: "refused" },
  );
  expect(said(failed)).toEqual([
    "12:00:00.000  failed    demo/a  run 1 try 1/4  refused in 5 ms, late 2 ms; retry in 500 ms",
  ]);
});

test("changes made by others are told with what was before", () => {
  const task = aGlimpse({ id: "a", status: "SUSPENDED", reason: "suspended-by-user", nextAt: null });
  expect(said({ at: NOON, type: "task", task, before: "ACTIVE" })).toEqual([
    "12:00:00.000  task      demo/a  ACTIVE -> SUSPENDED",
  ]);
  expect(said(learned({ id: "b" }))).toEqual(["12:00:00.000  task      demo/b  ACTIVE, in 1.5 s"]);
});

test("the start says that loopback is open, the end how many are finished", () => {
  expect(said(started({ dataDir: ".hookclock" }))).toEqual([
    "12:00:00.000  started   hookclock dev (pid 7), database http://127.0.0.1:8765, kept in .hookclock",
    "12:00:00.000  started   deliveries to 127.0.0.1, localhost are open, in dev only",
    "12:00:00.000  started   API http://127.0.0.1:8766, docs http://127.0.0.1:8766/docs",
    "12:00:00.000  started   WebSub hub http://127.0.0.1:8766/hub",
    "12:00:00.000  started   API key in .hookclock/api-key",
    '12:00:00.000  started   try it: curl -H "Authorization: Bearer $(cat .hookclock/api-key)" http://127.0.0.1:8766/v1/me',
  ]);
  expect(said({ at: NOON, type: "draining", inFlight: 2 })).toEqual([
    "12:00:00.000  stopping  finishing 2 attempts; Ctrl-C again ends at once",
  ]);
  expect(said({ at: NOON, type: "draining", inFlight: 0 })).toEqual([
    "12:00:00.000  stopping  nothing is in flight",
  ]);
});

test("a key that was made now is said, once; a folder with spaces is quoted for the shell", () => {
  const apiKey = "hc_0123456789abcdef_s";
  const [, , api, , key, curl] = said(
    started({ apiKey, apiKeyFile: "it's/api-key", apiLogFile: "its/api.log" }),
  );
  expect(api).toContain("requests in its/api.log");
  expect(key).toContain(`API key in it's/api-key, made now: ${apiKey}`);
  expect(curl).toContain(`$(cat 'it'\\''s/api-key')`);
});

test("a request is one line", () => {
  expect(said(asked())).toEqual(["12:00:00.000  request   GET /v1/me 200 in 3 ms"]);
  expect(said(asked({ status: 0, path: "/a\nb" }))).toEqual([
    "12:00:00.000  request   GET /a\ufffdb gone before the answer in 3 ms",
  ]);
});

test("a name cannot break out of its line", () => {
  expect(said(learned({ id: "x\n12:00:00.000  ok" }))).toHaveLength(1);
  expect(said(learned({ id: "x\nfake" }))[0]).not.toContain("\n");
});

test("as JSON, one object a line with ISO instants", () => {
  const line = jsonOf(attempted({ id: "a", nextAt: NOON + 500 }));
  expect(line).not.toContain("\n");
  expect(JSON.parse(line ?? "")).toMatchObject({
    at: "2030-01-31T12:00:00.000Z",
    type: "attempt",
    startedAt: "2030-01-31T12:00:00.000Z",
    responseStatus: 200,
    latenessMs: 2,
    task: { namespace: "demo", id: "a", status: "ACTIVE", nextAttemptDate: "2030-01-31T12:00:00.500Z" },
  });
  expect(jsonOf({ at: NOON, type: "note", namespace: "demo", id: "a", text: "x" })).toBeNull();
});
