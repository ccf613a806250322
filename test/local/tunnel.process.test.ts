// `hookclock dev` behind a tunnel: what it calls itself, whom it answers, and whom its hub does not call.
import { createServer, request } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { beforeAll, expect, test } from "vitest";
import { buildIfStale, run, startDev, temporaryFolder } from "../cli/support.ts";

beforeAll(() => buildIfStale());

const PUBLIC = "https://hooks.example";
const TUNNEL = "hooks.example";

type Answer = { status: number | undefined; link: unknown; body: string };

/** A request as the tunnel hands it on: to this machine, with the Host that the caller used. */
function through(apiUrl: string, path: string, form?: Record<string, string>): Promise<Answer> {
  const body = form === undefined ? "" : new URLSearchParams(form).toString();
  const headers = { host: TUNNEL, "content-type": "application/x-www-form-urlencoded" };
  return new Promise((resolve, reject) => {
    request(`${apiUrl}${path}`, { method: form === undefined ? "GET" : "POST", headers }, (response) => {
      const { statusCode: status, headers } = response;
      text(response).then((read) => resolve({ status, link: headers["link"], body: read }), reject);
    })
      .on("error", reject)
      .end(body);
  });
}

/** A page with its hub, elsewhere; `asked` is the first request to the hub. */
async function startSite() {
  let tell = (_form: URLSearchParams): void => {};
  const asked = new Promise<URLSearchParams>((resolve) => {
    tell = resolve;
  });
  const server = createServer((call, response) => {
    const { port } = server.address() as AddressInfo;
    const here = `http://127.0.0.1:${port}`;
    if (call.method === "POST") void text(call).then((form) => tell(new URLSearchParams(form)));
    else response.setHeader("link", `<${here}/hub>; rel="hub", <${here}/page>; rel="self"`);
    response.writeHead(call.method === "POST" ? 202 : 200).end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/page`,
    asked,
    [Symbol.asyncDispose]: () => new Promise<void>((resolve) => server.close(() => resolve())),
  };
}

test("hubs elsewhere are told the public address, and are answered there", async () => {
  using folder = temporaryFolder();
  await using site = await startSite();
  await using dev = await startDev(folder.path, ["--memory", "--public-url", `${PUBLIC}/`]);
  expect(dev.started).toMatchObject({ hubUrl: `${PUBLIC}/hub`, publicUrl: PUBLIC });
  expect(dev.apiUrl).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
  const added = await run(["subscription", "add", site.url, "--id", "blog"], { cwd: folder.path });
  expect(added.code).toBe(0);
  const form = await site.asked;
  const callback = new URL(form.get("hub.callback") ?? "");
  expect(callback.origin).toBe(PUBLIC);
  expect(callback.pathname).toMatch(/^\/callbacks\/default\/blog\/.+/);
  const check = new URLSearchParams({
    ...{ "hub.mode": "subscribe", "hub.topic": site.url },
    ...{ "hub.challenge": "c0ffee", "hub.lease_seconds": "600" },
  });
  expect(await through(dev.apiUrl, `${callback.pathname}?${check}`)).toMatchObject({
    status: 200,
    body: "c0ffee",
  });
});

test("what is published from the command line is named by the public address, and its page is there", async () => {
  using folder = temporaryFolder();
  await using dev = await startDev(folder.path, ["--memory", "--public-url", PUBLIC]);
  const topic = `${PUBLIC}/topics/default/news`;
  const published = await run(["hub", "publish", topic, "hello", "--type", "text/plain"], {
    cwd: folder.path,
  });
  expect(published.code).toBe(0);
  expect(await through(dev.apiUrl, "/topics/default/news")).toMatchObject({
    ...{ status: 200, body: "hello" },
    link: `<${PUBLIC}/hub>; rel="hub", <${topic}>; rel="self"`,
  });
  expect((await through(dev.apiUrl, "/topics/default/other")).status).toBe(404);
});

test("strangers cannot use the hub to reach this machine, neither as callback nor as topic", async () => {
  using folder = temporaryFolder();
  await using site = await startSite();
  await using dev = await startDev(folder.path, ["--memory", "--public-url", PUBLIC]);
  const ask = (fields: Record<string, string>) =>
    through(dev.apiUrl, "/hub", {
      ...{ "hub.mode": "subscribe", "hub.topic": "https://pub.example/" },
      ...{ "hub.callback": "https://sub.example/", ...fields },
    });
  for (const field of ["hub.callback", "hub.topic"]) {
    const refused = await ask({ [field]: site.url });
    expect(refused).toMatchObject({ status: 400, body: expect.stringContaining(field) });
  }
  expect((await through(dev.apiUrl, "/v1/me")).status).toBe(401);
});

test("what options and environment say about the hub is what it does, and what is wrong is named", async () => {
  using folder = temporaryFolder();
  await using dev = await startDev(folder.path, ["--memory", "--hub-publishers", "a.example"]);
  const ping = async (url: string) => {
    const body = new URLSearchParams({ "hub.mode": "publish", "hub.url": url });
    return (await fetch(`${dev.apiUrl}/hub`, { method: "POST", body })).status;
  };
  expect([await ping("https://a.example/feed"), await ping("https://a.example@b.example/feed")]).toEqual([
    204, 403,
  ]);
  const env = { HOOKCLOCK_HUB_SIGNATURE: "md5" };
  const refused = await run(["dev", "--hub-topics", "*"], { cwd: folder.path, env });
  expect(refused.code).toBe(2);
  expect(refused.stderr).toContain("--hub-topics: entry 1");
  expect(refused.stderr).toContain("HOOKCLOCK_HUB_SIGNATURE: allowed are sha1");
});

test("an address that is none, or has a path, is refused by its name, and so is a public demo", async () => {
  using folder = temporaryFolder();
  const options = { cwd: folder.path };
  for (const url of [
    "hooks.example",
    "ftp://hooks.example",
    `${PUBLIC}/hooks`,
    `https://a:b@hooks.example`,
  ]) {
    const said = await run(["dev", "--public-url", url], options);
    expect(said).toMatchObject({ code: 2, stderr: expect.stringContaining("--public-url cannot be used") });
  }
  const env = { HOOKCLOCK_PUBLIC_URL: "hooks.example" };
  const fromEnvironment = await run(["dev"], { ...options, env });
  expect(fromEnvironment).toMatchObject({ code: 2, stderr: expect.stringContaining("HOOKCLOCK_PUBLIC_URL") });
  const demo = await run(["dev", "--demo", "--public-url", PUBLIC], options);
  expect(demo).toMatchObject({ code: 2, stderr: expect.stringContaining("stays on this machine") });
});

test("events are open to this machine, and closed to strangers behind a tunnel, unless told otherwise", async () => {
  const wish = { "hub.mode": "subscribe", "hub.topic": "a", "hub.callback": "https://example.com/hook" };
  const statusWith = async (options: string[]) => {
    using folder = temporaryFolder();
    await using dev = await startDev(folder.path, ["--memory", ...options]);
    const body = new URLSearchParams(wish);
    return (await fetch(`${dev.apiUrl}/subscriptions`, { method: "POST", body })).status;
  };
  expect(await statusWith([])).toBe(202);
  expect(await statusWith(["--public-url", PUBLIC])).toBe(401);
  expect(await statusWith(["--public-url", PUBLIC, "--hub-open-events", "yes"])).toBe(202);
});
