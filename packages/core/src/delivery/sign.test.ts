import { createHmac, randomBytes } from "node:crypto";
import { Webhook } from "standardwebhooks";
import { expect, test } from "vitest";
import { parseSecret, signatureHeaders } from "./sign.ts";

const raw = (bytes: number) => randomBytes(bytes).toString("base64");
const now = () => Date.now();
const signed = (secrets: string[], body = '{"a":"ü"}', timestampMs = now()) =>
  ({ ...signatureHeaders({ id: "msg_1", timestampMs, body }, secrets) }) as Record<string, string>;

test.each([24, 32, 64])(
  "a signature with a secret of %i bytes verifies with the reference library",
  (bytes) => {
    const secret = `whsec_${raw(bytes)}`;
    expect(new Webhook(secret).verify('{"a":"ü"}', signed([secret]))).toEqual({ a: "ü" });
  },
);

test("a secret without its prefix is the same secret", () => {
  const secret = raw(32);
  const at = now();
  expect(signed([secret], "x", at)).toEqual(signed([`whsec_${secret}`], "x", at));
});

test("the example of the standard's own library comes out byte for byte", () => {
  const secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
  const timestampMs = 1_614_265_330_999;
  const body = '{"test": 2432232314}';
  const headers = signatureHeaders({ id: "msg_p5jXN8AQM9LWM0D4loKWxJek", timestampMs, body }, [secret]);
  expect(headers).toEqual({
    "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
    "webhook-timestamp": "1614265330",
    "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
  });
});

test("bytes are signed as they are, whatever they hold", () => {
  const secret = `whsec_${raw(32)}`;
  const body = Uint8Array.from([0xef, 0xbb, 0xbf, 0x00, 0xff, 0x7b]);
  const at = now();
  const headers = signatureHeaders({ id: "msg_1", timestampMs: at, body }, [secret]);
  const content = Buffer.concat([Buffer.from(`msg_1.${headers["webhook-timestamp"]}.`), body]);
  const key = Buffer.from(secret.slice("whsec_".length), "base64");
  const expected = createHmac("sha256", key).update(content).digest("base64");
  expect(headers["webhook-signature"]).toBe(`v1,${expected}`);
  expect(signed([secret], "text", at)).toEqual({
    ...signatureHeaders({ id: "msg_1", timestampMs: at, body: Buffer.from("text") }, [secret]),
  });
});

test("while secrets rotate, either one verifies, and no other", () => {
  const [current, old, stranger] = [raw(32), raw(24), raw(32)].map((text) => `whsec_${text}`) as [
    string,
    string,
    string,
  ];
  const headers = signed([current, old], "{}");
  expect(headers["webhook-signature"]?.split(" ")).toHaveLength(2);
  expect(new Webhook(current).verify("{}", headers)).toEqual({});
  expect(new Webhook(old).verify("{}", headers)).toEqual({});
  expect(() => new Webhook(stranger).verify("{}", headers)).toThrow();
});

test("id, time and body are all signed", () => {
  const secret = `whsec_${raw(32)}`;
  const headers = signed([secret], "{}");
  const verify = (changed: Record<string, string>, body = "{}") =>
    new Webhook(secret).verify(body, { ...headers, ...changed });
  expect(verify({})).toEqual({});
  expect(() => verify({ "webhook-id": "msg_2" })).toThrow();
  expect(() => verify({ "webhook-timestamp": String(Number(headers["webhook-timestamp"]) + 1) })).toThrow();
  expect(() => verify({}, "[]")).toThrow();
});

test("a later attempt has the same id, another time and its own signature", () => {
  const secret = `whsec_${raw(32)}`;
  const first = signed([secret], "{}", now() - 60_000);
  const second = signed([secret], "{}");
  expect(second["webhook-id"]).toBe(first["webhook-id"]);
  expect(Number(second["webhook-timestamp"]) - Number(first["webhook-timestamp"])).toBeGreaterThanOrEqual(59);
  expect(second["webhook-signature"]).not.toBe(first["webhook-signature"]);
  for (const headers of [first, second]) expect(new Webhook(secret).verify("{}", headers)).toEqual({});
});

test("without secrets there is an id and a time, and no signature", () => {
  expect(Object.keys(signed([]))).toEqual(["webhook-id", "webhook-timestamp"]);
});

test.each([
  ["too short", raw(23)],
  ["too long", raw(65)],
  ["empty", ""],
  ["only the prefix", "whsec_"],
  ["no base64", "whsec_tiger-tiger-tiger-tiger-tiger-tiger"],
  ["base64 for URLs", "tiger___tiger---tiger___tiger---tiger___"],
  ["a blank at the end", `whsec_${raw(32)} `],
  ["a line break", `${raw(32)}\n`],
  ["no padding", Buffer.alloc(32, 1).toString("base64").replace("=", "")],
  ["the wrong prefix", `whpk_${raw(32)}`],
])("a secret that is %s is refused without being shown", (_name, secret) => {
  const attempt = () => parseSecret(secret, "secrets.0");
  expect(attempt).toThrow(/^secrets\.0: not a signing secret/);
  const shown = secret.trim().slice(6);
  if (shown !== "") expect(attempt).not.toThrow(shown);
});
