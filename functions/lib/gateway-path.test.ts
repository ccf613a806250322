import fc from "fast-check";
import { expect, test } from "vitest";
import { restoredPath } from "./gateway-path.ts";

/** What the gateway makes of a path: decoded whole. */
const gateway = (path: string): string => decodeURIComponent(path);

test.each([
  ["GET", "/health"],
  ["GET", "/openapi.json"],
  ["GET", "/v1/namespaces/app/tasks"],
  ["POST", "/v1/namespaces/app/tasks"],
  ["POST", "/v1/namespaces/app/tasks/batch"],
  ["GET", "/v1/namespaces/app/tasks/50%25%20off"],
  ["GET", "/v1/namespaces/caf%C3%A9/tasks/%E2%9C%93"],
  ["DELETE", "/v1/namespaces/app/tasks/a%2Fb%2Fsuspend"],
  ["POST", "/v1/namespaces/app/tasks/a%2Fb/suspend"],
  ["POST", "/v1/namespaces/team%2Fapp/tasks/a%23b/reschedule"],
  ["GET", "/v1/namespaces/team%2Fapp/logs/stream"],
  ["POST", "/v1/namespaces/team%2Fapp/bulk/delete"],
  ["POST", "/v1/namespaces/team%2Fapp/subscriptions"],
  ["GET", "/v1/namespaces/app/subscriptions/a%2Fb"],
  ["POST", "/v1/namespaces/app/subscriptions/a%2Fb/renew"],
  ["POST", "/v1/namespaces/team%2Fapp/topics/https%3A%2F%2Fa.example%2Ffeed%3Fa%3Db"],
  ["POST", "/v1/namespaces/app/consumers/mine/enable"],
  ["DELETE", "/v1/namespaces/app/handlers/a%2Fb"],
  ["GET", "/v1/namespaces/app/replays/a%20b"],
  ["GET", "/v1/namespaces/app/delivery-stats"],
  ["POST", "/v1/namespaces/team%2Fapp/events"],
  ["GET", "/v1/namespaces/app/hub/subscriptions"],
  ["POST", "/v1/namespaces/app/hub/deny"],
  ["POST", "/hub"],
  ["POST", "/hub/team%2Fapp"],
  ["POST", "/subscriptions/a%20b"],
  ["GET", "/callbacks/app/a%2Fb%20c/token-_1"],
  ["POST", "/callbacks/app/s1/token"],
  ["GET", "/topics/app/a%20b/news.xml"],
  ["GET", "/v1/namespaces/app"],
  ["GET", "/"],
])("%s %s comes back as it was sent", (method, path) => {
  expect(restoredPath(method, gateway(path))).toBe(path);
});

test("ids of any characters come back, whatever is done with the task", () => {
  const id = fc.string({ unit: "grapheme", minLength: 1, maxLength: 20 });
  const namespace = fc
    .string({ unit: "grapheme", minLength: 1, maxLength: 10 })
    .filter((text) => !text.includes("/"));
  fc.assert(
    fc.property(namespace, id, fc.constantFrom("GET", "PATCH", "DELETE", "POST"), (space, task, method) => {
      const action = method === "POST" ? "/run" : "";
      const path = `/v1/namespaces/${encodeURIComponent(space)}/tasks/${encodeURIComponent(task)}${action}`;
      expect(restoredPath(method, gateway(path))).toBe(path);
    }),
  );
});

test("what is no path of the API is escaped part by part and stays one", () => {
  expect(restoredPath("GET", "/a b/%/\ud800")).toBe("/a%20b/%25/%EF%BF%BD");
});
