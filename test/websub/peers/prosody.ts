// Debian's `prosody` with `mod_pubsub_feeds` of `prosody-modules`, as a subscriber. It fetches a feed a second after its start,
// takes the hub's URL from the Atom feed itself, and asks for the URL it was given, whatever the feed calls itself. It
// verifies with sha1 alone, always with a secret, and answers 401 to other signatures. Each push makes it subscribe again.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterMs, createTrail, type Trail } from "../rocks/trail.ts";
import { isReadable, plainEnvironment, programPath } from "./machine.ts";

const MODULES = "/usr/lib/prosody/modules";

export type ProsodyEvent =
  /** What the hub answered to its request. */
  | { type: "requested"; status: number }
  | { type: "confirmed"; mode: string; topic: string }
  | { type: "denied"; reason: string }
  | { type: "pushed"; bytes: number }
  | { type: "signature"; isRight: boolean }
  /** An entry it had not seen before, on its way to its own subscribers. */
  | { type: "item"; id: string };

export type ProsodyPeer = AsyncDisposable & { trail: Trail<ProsodyEvent>; callbackBase: string };

/** What this machine lacks for it; null when nothing. */
export const missingForProsody = (): string | null =>
  programPath("prosody") !== undefined && isReadable(`${MODULES}/mod_pubsub_feeds/mod_pubsub_feeds.lua`)
    ? null
    : "Prosody and its module for feeds (apt-get install prosody prosody-modules)";

/** Tells of new items, and keeps the log from waiting in a buffer. */
const TELL = `io.stdout:setvbuf("line");
local pubsub = module:depends "pubsub";
module:hook_object_event(pubsub.service.events, "item-published", function (event)
  module:log("info", "item %s", event.item.attr.id);
end);
`;

const configuration = (folder: string, port: number, feed: string): string => `
run_as_root = true
daemonize = false
pidfile = ${JSON.stringify(join(folder, "prosody.pid"))}
data_path = ${JSON.stringify(join(folder, "data"))}
certificates = ${JSON.stringify(folder)}
plugin_paths = { ${JSON.stringify(join(folder, "modules"))}, ${JSON.stringify(MODULES)} }
log = { debug = "*console" }
interfaces = { "127.0.0.1" }
c2s_ports = { }
s2s_ports = { }
https_ports = { }
http_interfaces = { "127.0.0.1" }
http_ports = { ${port} }
http_default_host = "pubsub.localhost"
http_external_url = "http://127.0.0.1:${port}/"
modules_disabled = { "c2s", "s2s", "s2s_auth_certs", "tls", "offline" }
VirtualHost "localhost"
Component "pubsub.localhost" "pubsub"
  modules_enabled = { "tell", "pubsub_feeds" }
  feeds = { posts = ${JSON.stringify(feed)} }
`;

const READERS: readonly [RegExp, (found: readonly string[]) => ProsodyEvent][] = [
  [
    /subscription to posts submitted, status (\d+)/,
    ([, status]) => ({ type: "requested", status: Number(status) }),
  ],
  [/Confirming (\w+) request to (\S+)/, ([, mode = "", topic = ""]) => ({ type: "confirmed", mode, topic })],
  [/Subscription denied: (.*)/, ([, reason = ""]) => ({ type: "denied", reason })],
  [/got (\d+) bytes PuSHed/, ([, bytes]) => ({ type: "pushed", bytes: Number(bytes) })],
  [/(Valid|Invalid) signature/, ([, word]) => ({ type: "signature", isRight: word === "Valid" })],
  [/:tell\s+info\s+item (.*)/, ([, id = ""]) => ({ type: "item", id })],
];

const eventOf = (line: string): ProsodyEvent | null => {
  for (const [pattern, read] of READERS) {
    const found = pattern.exec(line);
    if (found !== null) return read(found);
  }
  return null;
};

const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
};

const END_MS = 5000;

const end = async (child: ChildProcess): Promise<void> => {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  child.kill("SIGTERM");
  await Promise.race([ended, afterMs(END_MS).then(() => child.kill("SIGKILL"))]);
  await ended;
};

/** Starts Prosody as a subscriber of the feed. */
export const startProsody = async (feed: string): Promise<ProsodyPeer> => {
  const folder = await mkdtemp(join(tmpdir(), "hookclock-prosody-"));
  await mkdir(join(folder, "modules"));
  await mkdir(join(folder, "data"));
  const port = await freePort();
  const file = join(folder, "prosody.cfg.lua");
  await writeFile(join(folder, "modules/mod_tell.lua"), TELL);
  await writeFile(file, configuration(folder, port, feed));

  const trail = createTrail<ProsodyEvent>();
  const lines: string[] = [];
  const child = spawn(programPath("prosody") ?? "prosody", ["-F", "--config", file], {
    env: plainEnvironment(),
    stdio: ["ignore", "pipe", "pipe"],
  });
  const ended = once(child, "close");
  createInterface(child.stderr).on("line", (line) => lines.push(line));
  const serving = new Promise<void>((resolve) => {
    createInterface(child.stdout).on("line", (line) => {
      lines.push(line);
      const event = eventOf(line);
      if (event !== null) trail.add(event);
      if (line.includes("Serving 'pubsub_feeds'")) resolve();
    });
  });
  const dispose = async (): Promise<void> => {
    await end(child);
    await rm(folder, { recursive: true, force: true });
  };
  const early = ended.then(() => Promise.reject(new Error(`Prosody ended:\n${lines.join("\n")}`)));
  try {
    await Promise.race([serving, early]);
  } catch (error) {
    await dispose();
    throw error;
  }
  // Later it ends because it is told to.
  early.catch(() => {});
  return { trail, callbackBase: `http://127.0.0.1:${port}/callback`, [Symbol.asyncDispose]: dispose };
};
