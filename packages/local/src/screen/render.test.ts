import { expect, test } from "vitest";
import { widthOf } from "./format.ts";
import { ScreenModel } from "./model.ts";
import { colourPaint, plainPaint } from "./paint.ts";
import { render, roomFor } from "./render.ts";
import { asked, attempted, begun, learned, NOON, started } from "./test-events.ts";

const ALL = { tasksMax: 100, recentMax: 3 };
const plain = (columns: number, rows = 40) => ({
  size: { columns, rows },
  paint: plainPaint,
  timeZone: "UTC",
});

function busyModel(): ScreenModel {
  const model = new ScreenModel();
  model.apply(started());
  model.apply(learned({ id: "once" }));
  model.apply(begun("slow", NOON + 100));
  model.apply(learned({ id: "slow", status: "PROCESSING", nextAt: null }));
  model.apply(
    attempted(
      { id: "flaky", reason: "retrying", attempt: 1, nextAt: NOON + 900, lastStatus: 503 },
      { outcome: "retryable", responseStatus: 503, error: "status" },
    ),
  );
  return model;
}

test("says where it runs, what is counted, what each task does and what ran", () => {
  expect(render(busyModel().view(NOON + 500, ALL), plain(110))).toEqual([
    `hookclock dev${" ".repeat(78)}0:00 · Ctrl-C stops`,
    "api       http://127.0.0.1:8766 · docs at /docs · 0 requests",
    "key       .hookclock/api-key",
    "database  http://127.0.0.1:8765 · in memory, nothing is kept",
    "hub       http://127.0.0.1:8766/hub · WebSub: takes subscriptions and pings without a key",
    "loopback  open to 127.0.0.1, localhost, in dev only",
    "attempts  0 ok · 1 failed · 1 to retry · 1 in flight · 0 due now",
    "lateness  p50 2 ms, max 2 ms",
    "",
    "TASK        STATUS               NEXT              LAST ANSWER                TRY    RUNS",
    "demo/once   ACTIVE               in 1.0 s                                     0/4                   ",
    "demo/slow   PROCESSING           running 400 ms                               0/4                   ",
    "demo/flaky  ACTIVE retrying      retry in 400 ms   503 Service Unavailable    1/4                   ",
    "",
    "RECENT EXECUTIONS",
    "12:00:00.000  demo/flaky                    run 1 try 1     503 Service Unavailable    5 ms      late 2 ms    ",
  ]);
});

test.each([200, 120, 80, 60, 40, 20, 9])("no line is wider than a screen of %i columns", (columns) => {
  const model = busyModel();
  model.apply({ at: NOON, type: "caption", text: "a caption that goes on and on ".repeat(10) });
  model.apply({ at: NOON, type: "note", namespace: "demo", id: "once", text: "runs once, at its time" });
  model.apply(asked({ path: `/${"long/".repeat(40)}` }));
  model.apply(started({ apiKey: TOKEN, apiKeyFile: `/${"deep/".repeat(40)}api-key` }));
  model.apply({ at: NOON, type: "error", where: "look", code: "throttled", message: "busy ".repeat(50) });
  for (const line of render(model.view(NOON + 500, ALL), plain(columns))) {
    expect(widthOf(line)).toBeLessThanOrEqual(columns);
  }
});

test.each([60, 34, 24, 12, 5])("it fits on a screen of %i lines", (rows) => {
  const model = busyModel();
  for (let n = 0; n < 80; n += 1) model.apply(learned({ id: `t${n}` }));
  const size = { columns: 100, rows };
  const view = model.view(NOON, roomFor(size, { taskCount: 83, captions: 0 }));
  const lines = render(view, plain(100, rows));
  expect(lines.length).toBeLessThanOrEqual(rows);
  if (rows >= 24) expect(lines.join("\n")).toContain("RECENT EXECUTIONS");
});

test("tasks that do not fit are counted", () => {
  const lines = render(busyModel().view(NOON, { tasksMax: 1, recentMax: 1 }), plain(120));
  expect(lines.join("\n")).toContain("\n+ 2 more tasks\n");
});

test("an empty screen says what to do", () => {
  const model = new ScreenModel();
  model.apply(started());
  const text = render(model.view(NOON, ALL), plain(100)).join("\n");
  expect(text).toContain("no tasks yet: hookclock task register --url URL --every 10s");
  expect(text).toContain("nothing has run yet");
});

const headOf = (model: ScreenModel, columns: number, rows = 40) =>
  render(model.view(NOON, ALL), plain(columns, rows)).slice(1, 3);
const TOKEN = `hc_0123456789abcdef_${"s".repeat(43)}`;

test("what the API was asked is counted, and the last of it shown where there is room", () => {
  const model = new ScreenModel();
  model.apply(started());
  model.apply(asked());
  model.apply(asked({ method: "POST", path: "/v1/namespaces/a/tasks", status: 403 }));
  const counts = "api       http://127.0.0.1:8766 · docs at /docs · 2 requests · 1 refused";
  expect(headOf(model, 120)[0]).toBe(`${counts} · last POST /v1/namespaces/a/tasks 403`);
  expect(headOf(model, 80)[0]).toBe(counts);
});

test("the way to the key is always shown; a key made now and a line to copy where they fit whole", () => {
  const found = new ScreenModel();
  found.apply(started());
  const curl = `curl -H "Authorization: Bearer $(cat .hookclock/api-key)" http://127.0.0.1:8766/v1/me`;
  expect(headOf(found, 120)[1]).toBe(`key       .hookclock/api-key · ${curl}`);
  expect(headOf(found, 110)[1]).toBe("key       .hookclock/api-key");
  const made = new ScreenModel();
  made.apply(started({ apiKey: TOKEN }));
  expect(headOf(made, 120)[1]).toBe(`key       .hookclock/api-key · ${TOKEN}`);
  expect(headOf(made, 90)[1]).toBe("key       .hookclock/api-key");
  expect(headOf(made, 80, 24)[0]).toBe(
    "api       http://127.0.0.1:8766 · key in .hookclock/api-key · docs at /docs",
  );
});

test("while draining it says how many attempts are finished", () => {
  const model = busyModel();
  model.apply({ at: NOON, type: "draining", inFlight: 1 });
  expect(render(model.view(NOON, ALL), plain(80))[0]).toContain("finishing 1 attempt");
});

test("colours mean something and change no text", () => {
  const view = busyModel().view(NOON + 500, ALL);
  const coloured = render(view, { ...plain(110), paint: colourPaint });
  const codes = new RegExp(`${String.fromCharCode(27)}\\[\\d+m`, "g");
  expect(coloured.map((line) => line.replace(codes, ""))).toEqual(render(view, plain(110)));
  expect(coloured.join("")).toContain("\u001b[31m503 Service Unavailable");
});
