import { expect, test } from "vitest";
import { readSettings } from "./settings.ts";

test("what is asked for is read, with defaults for what may be left out", () => {
  const environment = {
    HOOKCLOCK_TASKS_TABLE: "tasks",
    HOOKCLOCK_SIGNING_SECRETS: "one, two,,",
    HOOKCLOCK_CONCURRENCY: "",
  };
  expect(
    readSettings(environment, ["tasksTable", "signingSecrets", "egressAllow", "concurrency", "logLevel"]),
  ).toEqual({
    tasksTable: "tasks",
    signingSecrets: ["one", "two"],
    egressAllow: [],
    concurrency: 50,
    logLevel: "info",
  });
});

test.each(["https://abc.example", "https://abc.example/", "https://abc.example//"])(
  "%s, as the base of callbacks, ends without a slash",
  (url) => {
    expect(readSettings({ HOOKCLOCK_BASE_URL: url }, ["baseUrl"])).toEqual({
      baseUrl: "https://abc.example",
    });
  },
);

test.each(["", "abc.example", "ftp://abc.example"])("%j is no base of callbacks", (url) => {
  const error = expect.objectContaining({ code: "invalid-input", field: "HOOKCLOCK_BASE_URL" });
  expect(() => readSettings({ HOOKCLOCK_BASE_URL: url }, ["baseUrl"])).toThrow(error);
});

test("everything that is missing or wrong is named at once, by its variable", () => {
  const environment = {
    HOOKCLOCK_CONCURRENCY: "many",
    HOOKCLOCK_TASKS_TABLE: "",
    HOOKCLOCK_WAKE_QUEUE_URL: "queue",
  };
  const read = () => readSettings(environment, ["tasksTable", "logsTable", "concurrency", "wakeQueueUrl"]);
  expect(read).toThrow(
    /HOOKCLOCK_TASKS_TABLE is not set; HOOKCLOCK_LOGS_TABLE is not set; HOOKCLOCK_CONCURRENCY: .*; HOOKCLOCK_WAKE_QUEUE_URL: /,
  );
  expect(read).toThrow(expect.objectContaining({ code: "invalid-input", field: "HOOKCLOCK_TASKS_TABLE" }));
});

test("what is wrong elsewhere is nobody's business", () => {
  expect(readSettings({ HOOKCLOCK_STAGE: "dev", HOOKCLOCK_CONCURRENCY: "x" }, ["stage"])).toEqual({
    stage: "dev",
  });
});

test("a value is never part of the message", () => {
  const environment = { HOOKCLOCK_LOG_LEVEL: "whsec_secret", HOOKCLOCK_WAKE_QUEUE_URL: "whsec_secret" };
  expect(() => readSettings(environment, ["logLevel", "wakeQueueUrl"])).toThrow(
    expect.objectContaining({ message: expect.not.stringContaining("whsec") }),
  );
});

test("content is as large as Lambda takes, or less", () => {
  const read = (text: string) => readSettings({ HOOKCLOCK_CONTENT_BYTES_MAX: text }, ["contentBytesMax"]);
  expect(read("")).toEqual({ contentBytesMax: 4_194_304 });
  expect(read("65536")).toEqual({ contentBytesMax: 65_536 });
  // Tasks of everybody else go on: what is wrong is named where WebSub is opened.
  for (const text of ["4194305", "1023", "4 MiB"]) expect(read(text)).toEqual({ contentBytesMax: 4_194_304 });
});
