import { expect, test } from "vitest";
import { createTestHub, type Reply, TOPIC } from "./test-hub.ts";
import { ping, posts, subscribe } from "./test-publisher.ts";

/** What a subscriber gets of a topic that answers so, when all attempts to fetch it have been made. */
async function sentFor(reply: Reply) {
  const hub = createTestHub();
  await subscribe(hub);
  hub.peers.set(TOPIC, () => reply);
  await ping(hub);
  await hub.pass(3 * 3_600_000, 60_000);
  const fetches = hub.stores.dump().tasks.filter(({ kind }) => kind === "hub.fetch");
  const [last] = hub.stores.dump().logs.filter(({ status }) => status === "FAIL");
  return { sent: posts(hub), status: fetches[0]?.status, message: JSON.stringify(last ?? null) };
}
const having = (type: string, more: Record<string, string> = {}): Reply => ({
  headers: { "content-type": type, ...more },
  body: "news",
});

test.each([
  ["with letters beyond ASCII", "text/html; title=\u00fcber", "text/html"],
  ["with a control character", "text/plain; x=\u0001", "text/plain"],
  ["of two thousand characters", `text/plain; x=${"y".repeat(2_000)}`, "text/plain"],
  ["without a readable word", "\u00e9/\u00e9", "application/octet-stream"],
  ["that is empty", "", "application/octet-stream"],
  ["given twice", "text/html, text/html; charset=utf-8", "text/html, text/html; charset=utf-8"],
  ["that is none", "nonsense", "nonsense"],
])("H-C3: a publisher's type %s keeps content from nobody", async (_name, type, expected) => {
  const { sent } = await sentFor(having(type));
  expect(sent.map(({ headers }) => headers?.["content-type"])).toEqual([expected]);
});

test.each(["zstd", "gzip, br", "gzip", "compress"])(
  "H-C2: bytes in the coding %s, which nobody could unpack, are not the topic's content",
  async (coding) => {
    // What the client for the web could unpack comes without this header.
    const { sent, status, message } = await sentFor(having("text/plain", { "content-encoding": coding }));
    expect([sent, status]).toEqual([[], "FAILED"]);
    expect(message).toContain("coding");
  },
);

test("a coding that changes nothing is none", async () => {
  expect((await sentFor(having("text/plain", { "content-encoding": "Identity" }))).sent).toHaveLength(1);
});

test.each([204, 205, 206, 304, 404, 410, 500])(
  "H-C2: an answer %i is not the topic's content, and is not sent to anybody",
  async (status) => {
    const { sent, status: taskStatus } = await sentFor({ ...having("text/plain"), status });
    expect([sent, taskStatus]).toEqual([[], "FAILED"]);
  },
);

test("H-C2: an error page with status 200 cannot be told from content, nor can an empty page", async () => {
  expect((await sentFor({ headers: { "content-type": "text/html" }, body: "" })).sent).toHaveLength(1);
});
