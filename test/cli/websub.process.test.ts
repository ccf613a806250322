import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Receiver, startReceiver } from "@hookclock/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { buildIfStale, run, start, startDev, temporaryFolder } from "./support.ts";

// All around once, twice: on the tables of a local instance, and through the API that it serves.
const KEY_FILE = ".hookclock/api-key";
const FEED = `<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom"><title>t</title><id>urn:t</id>
<updated>2030-01-31T12:00:00Z</updated>
<entry><id>urn:e1</id><title>Released</title><updated>2030-01-31T12:00:00Z</updated><link href="https://example.com/1"/></entry></feed>`;
type Dev = Awaited<ReturnType<typeof startDev>>;

beforeAll(() => buildIfStale());

describe.each<[string, (dev: Dev) => string[]]>([
  ["on its tables", () => []],
  ["through its API", ({ apiUrl }) => ["--url", apiUrl, "--key-file", KEY_FILE]],
])("%s", (_where, targetOf) => {
  const folder = temporaryFolder();
  let dev: Dev;
  let receiver: Receiver;
  let isDown = false;
  beforeAll(async () => {
    dev = await startDev(folder.path, ["--memory"]);
    receiver = await startReceiver(({ url }) => {
      if (url !== "/feed") return isDown ? 500 : 200;
      const link = `<${dev.apiUrl}/hub>; rel="hub", <${receiver.url}/feed>; rel="self"`;
      return { status: 200, headers: { link, "content-type": "application/atom+xml" }, body: FEED };
    });
    writeFileSync(join(folder.path, "feed.xml"), FEED);
    const consumer = { name: "app", type: "http", url: `${receiver.url}/app`, retry: { limit: 0 } };
    writeFileSync(join(folder.path, "app.json"), JSON.stringify(consumer));
  });
  afterAll(async () => {
    await dev[Symbol.asyncDispose]();
    await receiver.close();
    folder[Symbol.dispose]();
  });

  const hookclock = (...args: string[]) => run([...targetOf(dev), ...args], { cwd: folder.path });
  const json = async (...args: string[]) => {
    const { code, stdout, stderr } = await hookclock(...args, "--json");
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    return JSON.parse(stdout);
  };
  /** The first request to the consumer that says this. */
  const delivered = async (text: string) => {
    for (let count = 1; ; count += 1) {
      const last = (await receiver.received(count))[count - 1];
      if (last?.url === "/app" && last.body.toString().includes(text)) return last;
    }
  };
  const ended = (status: string) =>
    dev.event(({ type, task }) => {
      const { id = "", status: now } = (task ?? {}) as { id?: string; status?: string };
      return type === "attempt" && id.startsWith("deliver/app/") && now === status;
    });

  test("a feed is subscribed to, published, and delivered to a consumer", { timeout: 90_000 }, async () => {
    const { secret } = await json("add-consumer", "app.json");
    expect(secret).toMatch(/^whsec_/);
    await json("subscription", "add", `${receiver.url}/feed`, "--id", "blog", "--lease", "1h", "--signed");
    await json("add-handler", "blog", "app", "releases of the blog");
    await dev.event(({ type, what }) => type === "websub" && what === "subscription.active");
    expect(await json("subscription", "show", "blog")).toMatchObject({
      ...{ state: "active", signed: true, topic: `${receiver.url}/feed`, lease: { leaseSeconds: 3_600 } },
    });
    expect(await json("hub", "list")).toMatchObject({
      items: [{ topic: `${receiver.url}/feed`, state: "active" }],
    });
    await json("hub", "publish", `${receiver.url}/feed`, "@feed.xml", "--type", "application/atom+xml");
    const request = await delivered("Released");
    expect(request.headers["webhook-signature"]).toMatch(/^v1,/);
    const subscriptions = await hookclock("subscription", "list");
    expect(subscriptions.stdout).toMatch(/^blog +active +in [^ ]+ min.* 1 /m);
  });

  test("events and messages arrive; what failed is replayed, and watched", { timeout: 90_000 }, async () => {
    await json("handler", "add", "app", "--event", "orders");
    await json("event", "publish", "orders.paid", '{"order":"seventeen"}');
    await delivered("seventeen");
    isDown = true;
    await json("tell", "app", "lost for now");
    await ended("FAILED");
    isDown = false;
    const dryRun = await json("consumer", "replay", "app", "--from", "-1h", "--dry-run");
    expect(dryRun).toEqual({ id: null, count: 1, dryRun: true });
    const before = receiver.requests.length;
    const replay = await json("consumer", "replay", "app", "--from", "-1h", "--rate", "5");
    expect(replay).toMatchObject({ state: "done", total: 1, retried: 1 });
    const again = (await receiver.received(before + 1)).slice(before);
    expect(again.map(({ body }) => body.toString()).join()).toContain("lost for now");
  });

  test("Ctrl-C ends the waiting for a replay, not the replay", { timeout: 90_000 }, async () => {
    const replay = [...targetOf(dev), "consumer", "replay", "app", "--from", "-1h", "--include", "all"];
    const waiting = start([...replay, "--rate", "1"], { cwd: folder.path });
    const id = await waiting.until(({ stderr }) => /: replay (\S+)$/m.exec(stderr)?.[1]);
    waiting.signal("SIGINT");
    const { code, stdout, stderr } = await waiting.ended;
    expect({ code, stdout }).toEqual({
      ...{ code: 0, stdout: expect.stringMatching(/^\d of 3 brought back: running$/m) },
    });
    expect(stderr).toContain(`--follow ${id}`);
    expect(await json("consumer", "replay", "app", "--follow", id)).toMatchObject({
      ...{ state: "done", total: 3, retried: 3 },
    });
  });

  test("stats count; a disabled consumer refuses a replay; a denial ends", { timeout: 90_000 }, async () => {
    const stats = await json("stats");
    expect(stats).toMatchObject({ subscriptions: { active: 1 }, consumers: [{ name: "app", handlers: 2 }] });
    await json("consumer", "disable", "app");
    const refused = await hookclock("consumer", "replay", "app", "--from", "-1h");
    expect(refused).toMatchObject({
      code: 4,
      stdout: "",
      stderr: expect.stringContaining("consumer show NAME"),
    });
    await json("consumer", "enable", "app");
    const topic = `${receiver.url}/feed`;
    const { items } = await json("hub", "list", "--topic", topic);
    expect(await json("hub", "deny", topic, items[0].id, "--reason", "over")).toEqual({ denied: true });
    await dev.event(({ type, what }) => type === "websub" && what === "subscription.denied");
    expect(await json("subscription", "list", "--state", "denied")).toMatchObject({ count: 1 });
  });
});
