import { Webhook } from "standardwebhooks";
import { afterAll, beforeAll, expect, test } from "vitest";
import { DEMO_SECRET } from "./plan.ts";
import { type DemoReceiver, isGenuine, startDemoReceiver } from "./receiver.ts";

let receiver: DemoReceiver;
beforeAll(async () => {
  receiver = await startDemoReceiver(async () => {}, "http://127.0.0.1:1/hub");
});
afterAll(() => receiver.close());

const statusOf = async (path: string): Promise<number> => (await fetch(`${receiver.url}${path}`)).status;

test("each path answers as the demo says", async () => {
  const paths = ["/ok", "/slow", "/down", "/gone", "/flaky", "/flaky", "/flaky", "/flaky", "/nothing"];
  const statuses: number[] = [];
  for (const path of paths) statuses.push(await statusOf(path));
  expect(statuses).toEqual([200, 200, 500, 410, 503, 503, 200, 503, 404]);
});

test("a signature of the reference library is genuine; a changed body, key, id or none is not", async () => {
  const now = new Date();
  const signed = (body: string, secret = DEMO_SECRET) => ({
    "webhook-id": "msg_1",
    "webhook-timestamp": String(Math.floor(now.getTime() / 1_000)),
    "webhook-signature": `v1,AAAA ${new Webhook(secret).sign("msg_1", now, body)}`,
  });
  expect(isGenuine(signed("{}"), "{}", DEMO_SECRET)).toBe(true);
  expect(isGenuine(signed("{}"), "{ }", DEMO_SECRET)).toBe(false);
  expect(isGenuine({ ...signed("{}"), "webhook-id": "msg_2" }, "{}", DEMO_SECRET)).toBe(false);
  const otherKey = `whsec_${Buffer.alloc(32, 7).toString("base64")}`;
  expect(isGenuine(signed("{}", otherKey), "{}", DEMO_SECRET)).toBe(false);
  expect(isGenuine({}, "{}", DEMO_SECRET)).toBe(false);
  const answer = await fetch(`${receiver.url}/signed`, { method: "POST", body: "{}", headers: signed("{}") });
  expect(answer.status).toBe(200);
  expect(await statusOf("/signed")).toBe(401);
  expect(receiver.signed).toEqual({ verified: 1, refused: 1 });
});

test("a body without end is cut off", async () => {
  const endless = fetch(`${receiver.url}/ok`, { method: "POST", body: "x".repeat(200 * 1024) });
  await expect(endless).rejects.toThrow();
});
