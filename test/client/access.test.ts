import { once } from "node:events";
import { createServer, request as httpRequest } from "node:http";
import type { AddressInfo } from "node:net";
import { RemoteHooks } from "@hookclock/client";
import { startReceiver } from "@hookclock/testkit";
import { isHookclockError } from "hookclock";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openWorlds, type ServedApi, type Worlds } from "./support.ts";

// What a key opens and what it does not, and what a bad line between client and API does to a request.
let worlds: Worlds;
let served: ServedApi;
beforeAll(async () => {
  worlds = await openWorlds();
  served = worlds.served;
  const owner = await served.clientFor({ namespaces: ["billing"], permission: "admin" });
  await owner.register(task("secret-plan"));
});
afterAll(() => worlds[Symbol.asyncDispose]());

const task = (id: string, namespace = "billing") => ({
  namespace,
  id,
  url: "https://example.com/",
  scheduledDate: "2031-01-01",
});
const codeOf = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => "none",
    (error: unknown) => (isHookclockError(error) ? error.code : error),
  );
const NOBODY = `hc_${"0".repeat(16)}_${"A".repeat(43)}`;
const clientWith = (key: string, url = served.url) => {
  let ids = 0;
  return new RemoteHooks(
    { url, key },
    { now: () => Date.now(), sleep: async () => {}, newId: () => `n-${++ids}` },
  );
};

test("another namespace is closed in every way, and what is there does not show", async () => {
  const foreigner = await served.clientFor({ namespaces: ["shop"], permission: "admin" });
  const there = { namespace: "billing", id: "secret-plan" };
  const calls = (key: { namespace: string; id: string }) => [
    foreigner.get(key),
    foreigner.delete(key),
    foreigner.suspend(key),
    foreigner.update({ ...key, retryLimit: 1 }),
    foreigner.reschedule({ ...key, scheduledDate: "2031-01-01" }),
    foreigner.register(task(key.id, key.namespace)),
    foreigner.registerMany([task(key.id, key.namespace)]),
    foreigner.fetch({ namespace: key.namespace }),
    foreigner.fetchLogs({ namespace: key.namespace }),
    foreigner.stats({ namespace: key.namespace }),
    foreigner.suspendMany({ namespace: key.namespace }),
    foreigner.clear(key.namespace),
    foreigner.trigger({ namespace: key.namespace }),
    foreigner.triggerDryrun({ namespace: key.namespace }),
    foreigner.logStream({ namespace: key.namespace }).next(),
    foreigner.trigger(),
    foreigner.growShards(32),
    foreigner.checkTables(),
  ];
  for (const key of [there, { ...there, id: "none" }, { namespace: "nobody", id: "none" }]) {
    const codes = await Promise.all(calls(key).map(codeOf));
    expect(codes).toEqual(codes.map(() => "forbidden"));
  }
  const owner = await served.clientFor({ namespaces: ["billing"] });
  expect(await owner.get(there)).toMatchObject({ status: "ACTIVE" });
});

test("read, write and admin open what they say", async () => {
  const [read, write, admin] = await Promise.all(
    (["read", "write", "admin"] as const).map((permission) =>
      served.clientFor({ namespaces: ["levels"], permission }),
    ),
  );
  const codes = async (client: RemoteHooks | undefined) =>
    client === undefined
      ? []
      : [
          await codeOf(client.fetch({ namespace: "levels" })),
          await codeOf(client.register(task("a", "levels"))),
          await codeOf(client.deleteMany({ namespace: "levels", id: "a" })),
          await codeOf(client.clear("levels")),
          await codeOf(client.keys.list()),
        ];
  expect(await codes(read)).toEqual(["none", "forbidden", "forbidden", "forbidden", "forbidden"]);
  expect(await codes(write)).toEqual(["none", "none", "none", "forbidden", "forbidden"]);
  expect(await codes(admin)).toEqual(["none", "none", "none", "none", "none"]);
});

test("a key makes, sees and revokes keys within its own namespaces; a revoked one opens nothing", async () => {
  const admin = await served.clientFor({ namespaces: ["billing", "shop"], permission: "admin" });
  const { key, token } = await admin.keys.create({
    name: "ci",
    namespaces: ["shop"],
    permission: "write",
    expiresDate: "2031-01-01",
  });
  expect(key).toMatchObject({
    name: "ci",
    namespaces: ["shop"],
    permission: "write",
    expiresDate: "2031-01-01T00:00:00.000Z",
  });
  const ci = clientWith(token);
  expect(await ci.me()).toEqual(key);
  expect(await codeOf(admin.keys.create({ name: "x", namespaces: ["other"], permission: "read" }))).toBe(
    "forbidden",
  );
  expect(await codeOf(admin.keys.create({ name: "x", namespaces: ["*"], permission: "read" }))).toBe(
    "forbidden",
  );
  expect((await admin.keys.list()).map(({ namespaces }) => namespaces.join())).not.toContain("levels");
  const others = await (await served.clientFor()).keys.list();
  const foreign = others.find(({ namespaces }) => namespaces[0] === "*");
  expect(await admin.keys.revoke(foreign?.id ?? "")).toBeNull();
  expect(await admin.keys.revoke("nonsense/../x")).toBeNull();
  expect(await admin.keys.revoke(key.id)).toMatchObject({ id: key.id, revokedDate: expect.any(String) });
  const codes = [
    await codeOf(ci.me()),
    await codeOf(clientWith(NOBODY).me()),
    await codeOf(clientWith("nonsense").me()),
  ];
  expect(codes).toEqual(["unauthenticated", "unauthenticated", "unauthenticated"]);
});

test("a cursor of one query is good for no other", async () => {
  const client = await served.clientFor();
  await client.registerMany(["a", "b", "c"].map((id) => task(id, "pages")));
  const { lastEvaluatedKey } = await client.fetch({ namespace: "pages", limit: 1 });
  expect(await client.fetch({ namespace: "pages", limit: 2, startKey: lastEvaluatedKey })).toMatchObject({
    count: 2,
  });
  expect(await codeOf(client.fetch({ namespace: "pages", desc: true, startKey: lastEvaluatedKey }))).toBe(
    "invalid-cursor",
  );
  const bent = { ...lastEvaluatedKey, namespace: "pages", id: "a", cursor: "abc" };
  expect(await codeOf(client.fetch({ namespace: "pages", startKey: bent }))).toBe("invalid-cursor");
});

/** A line to the API that loses answers: the first one of each request that is sent. */
async function losingLine(target: string) {
  const seen = new Set<string>();
  const server = createServer((incoming, outgoing) => {
    const { method = "GET", url = "/", headers } = incoming;
    const onward = httpRequest(new URL(url, target), { method, headers }, (answer) => {
      const name = `${method} ${url} ${String(headers["idempotency-key"])}`;
      const isFirst = !seen.has(name);
      seen.add(name);
      if (isFirst) return answer.resume().on("end", () => outgoing.destroy());
      outgoing.writeHead(answer.statusCode ?? 0, answer.headers);
      return answer.pipe(outgoing);
    });
    incoming.pipe(onward);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    seen,
    [Symbol.dispose]: () => void server.close().closeAllConnections(),
  };
}

test("on a line that loses answers everything happens once", async () => {
  using line = await losingLine(served.url);
  const { token } = await served.state.keys.create({
    name: "lossy",
    namespaces: ["lossy"],
    permission: "admin",
  });
  const client = clientWith(token, line.url);
  const { id: _id, ...anonymous } = task("", "lossy");
  const made = await client.register(anonymous);
  const many = await client.registerMany(Array.from({ length: 30 }, () => anonymous));
  expect(many.every((result) => result.ok && result.created)).toBe(true);
  expect(await client.stats({ namespace: "lossy" })).toMatchObject({ total: 31 });
  expect(await client.suspend({ namespace: "lossy", id: made.id })).toMatchObject({ status: "SUSPENDED" });
  expect(await client.suspendMany({ namespace: "lossy", chunkLimit: 10 })).toMatchObject({ count: 30 });
  // Not sent twice: whether it was deleted has to be looked up.
  expect(await codeOf(client.delete({ namespace: "lossy", id: made.id }))).toBe("api-unreachable");
  expect(await client.get({ namespace: "lossy", id: made.id })).toBeNull();
  await client.close();
});

test("thousands in batches, each in its place", async () => {
  const client = await served.clientFor({ namespaces: ["bulk"] });
  const results = await client.registerMany(Array.from({ length: 1_200 }, (_, n) => task(`t${n}`, "bulk")));
  expect(results.every((result, n) => result.ok && result.task.id === `t${n}`)).toBe(true);
  const ids = new Set<string>();
  await client.fetch({
    namespace: "bulk",
    limit: 5_000,
    onChunk: ({ items }) => items.forEach(({ id }) => void ids.add(id)),
  });
  expect(ids.size).toBe(1_200);
}, 60_000);

test("execution logs arrive as they are written, and again from where a stream was left", async () => {
  await using receiver = await startReceiver(200);
  const client = await served.clientFor({ namespaces: ["live"], permission: "write" });
  const now = new Date(worlds.clock.now());
  const due = (id: string) => ({ ...task(id, "live"), url: receiver.url, scheduledDate: now });
  const stop = new AbortController();
  const stream = client.logStream({ namespace: "live", from: now, signal: stop.signal });
  const first = stream.next();
  const runs = async (id: string) => {
    await client.register(due(id));
    worlds.clock.move(1_000);
    expect(await client.trigger({ namespace: "live" })).toMatchObject({ succeeded: 1 });
  };
  await runs("a");
  const seen = (await first).value;
  expect(seen?.log).toMatchObject({ taskId: "a", status: "SUCCESS" });
  stop.abort();
  await stream.return();
  await runs("b");
  const resumed = client.logStream({ namespace: "live", from: now, cursor: seen?.cursor ?? "" });
  expect((await resumed.next()).value?.log).toMatchObject({ taskId: "b" });
  await resumed.return();
  const foreign = client.logStream({ namespace: "live", taskId: "b", from: now, cursor: seen?.cursor ?? "" });
  expect(await codeOf(foreign.next())).toBe("invalid-cursor");
});
