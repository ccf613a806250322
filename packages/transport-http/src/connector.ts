import type { LookupAddress, LookupAllOptions } from "node:dns";
import { isIP, type LookupFunction, connect as netConnect, type Socket } from "node:net";
import { connect as tlsConnect } from "node:tls";
import { addressAllowed, type EgressPolicy } from "@hookclock/core";
import type { Clock } from "@hookclock/engine";
import type { buildConnector } from "undici";
import { ConnectFailure, codeOf, describe, wordOf } from "./failure.ts";

/** As `dns.lookup` with `all: true`. */
export type Lookup = (
  hostname: string,
  options: LookupAllOptions,
  callback: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void;

export type ConnectorOptions = {
  egress: EgressPolicy;
  clock: Clock;
  lookup: Lookup;
  connectTimeoutMs: number;
  ca?: string | readonly string[] | undefined;
  /** Sockets on their way. Whoever closes the transport ends them, or a dead host would keep the process alive. */
  connecting: Set<Socket>;
};

/** How long a connection took to make; handed to the first request on it. */
export type ConnectTimings = { dnsMs?: number; connectMs: number };

const resolveAll = (
  { lookup, connectTimeoutMs }: ConnectorOptions,
  hostname: string,
): Promise<LookupAddress[]> =>
  new Promise((resolve, reject) => {
    const fail = (message: string, cause?: unknown) => reject(new ConnectFailure("dns", message, cause));
    // Nobody can end a look-up, but nobody has to wait for it either: the connection's place is needed.
    const timer = setTimeout(
      () => fail(`no answer about ${hostname} within ${connectTimeoutMs} ms`),
      connectTimeoutMs,
    );
    lookup(hostname, { all: true }, (error, addresses) => {
      clearTimeout(timer);
      if (error) fail(describe(error), error);
      else if (addresses.length === 0) fail(`no address for ${hostname}`);
      else resolve(addresses);
    });
  });

/**
 * The addresses of this very look-up that may be talked to. Only they are handed to the socket, so a name that
 * answers differently a moment later (DNS rebinding) gains nothing. A mixed answer keeps its public part.
 */
const allowedAddresses = (all: LookupAddress[], hostname: string, port: number, egress: EgressPolicy) => {
  const allowed = all.filter(({ address }) => addressAllowed(egress, address, hostname, port));
  if (allowed.length === 0) {
    throw new ConnectFailure(
      "egress",
      `${hostname} leads only to addresses that are not public and not allowed`,
    );
  }
  return allowed;
};

const answerWith =
  (addresses: LookupAddress[]): LookupFunction =>
  (_hostname, options, callback) => {
    const first = addresses[0] as LookupAddress;
    if (options.all) callback(null, addresses);
    else callback(null, first.address, first.family);
  };

type Target = { hostname: string; port: number; secure: boolean };
type OpenOptions = ConnectorOptions & { session: Buffer | undefined; onSession: (session: Buffer) => void };

const open = (target: Target, addresses: LookupAddress[], options: OpenOptions): Promise<Socket> =>
  new Promise((resolve, reject) => {
    const { hostname, port, secure } = target;
    const common = {
      host: hostname,
      port,
      lookup: answerWith(addresses),
      keepAlive: true,
      keepAliveInitialDelay: 60_000,
    };
    const name = hostname.replace(/\.$/, "");
    const socket = secure
      ? tlsConnect({
          ...common,
          ALPNProtocols: ["http/1.1"],
          // Said aloud, so that no environment variable can switch the check off.
          rejectUnauthorized: true,
          ...(isIP(name) === 0 ? { servername: name } : {}),
          ...(options.ca === undefined ? {} : { ca: [...[options.ca].flat()] }),
          ...(options.session === undefined ? {} : { session: options.session }),
        }).on("session", options.onSession)
      : netConnect(common);
    options.connecting.add(socket);
    let tcpReady = false;
    const timer = setTimeout(() => {
      socket.destroy(new ConnectFailure("timeout", `no connection within ${options.connectTimeoutMs} ms`));
    }, options.connectTimeoutMs);
    const settle = () => {
      clearTimeout(timer);
      options.connecting.delete(socket);
    };
    const fail = (error: Error) => {
      settle();
      const word = wordOf(error);
      // Once TCP stands, whatever else goes wrong before the first byte is about certificates and ciphers.
      const failedTls = secure && tcpReady && word === undefined;
      reject(failedTls ? new ConnectFailure("tls", describe(error), error) : error);
    };
    socket.setNoDelay(true);
    socket.once("connect", () => {
      tcpReady = true;
    });
    // Stays for the socket's life: an error between our hands and undici's must not end the process.
    socket.on("error", fail);
    socket.once(secure ? "secureConnect" : "connect", () => {
      settle();
      resolve(socket);
    });
  });

/** The last look: whatever happened before, this socket must end where we may go. */
export const checkPeer = (socket: Socket, target: Target, egress: EgressPolicy): void => {
  const peer = socket.remoteAddress;
  if (peer !== undefined && addressAllowed(egress, peer, target.hostname, target.port)) return;
  const gone = peer === undefined;
  const failure = gone
    ? new ConnectFailure("reset", "the connection ended as soon as it stood")
    : new ConnectFailure(
        "egress",
        `the connection to ${target.hostname} ended at an address that is not allowed`,
      );
  socket.destroy();
  throw failure;
};

/** Keeps the last TLS session of one origin: resuming it saves the receiver and us a full handshake. */
export type SessionKeeper = { session?: Buffer };

/**
 * How undici gets its sockets. Every address is checked against the policy before a packet is sent to it, and the
 * peer of the finished socket once more. Plain addresses never pass a look-up, so they are checked as they are.
 */
export const guardedConnector = (
  options: ConnectorOptions,
  keeper: SessionKeeper,
  onConnected: (timings: ConnectTimings) => void,
): buildConnector.connector => {
  const connect = async (target: Target): Promise<Socket> => {
    const { clock, egress } = options;
    const startedMs = clock.monotonic();
    const literal = isIP(target.hostname);
    const all =
      literal === 0
        ? await resolveAll(options, target.hostname)
        : [{ address: target.hostname, family: literal }];
    const resolvedMs = clock.monotonic();
    const addresses = allowedAddresses(all, target.hostname, target.port, egress);
    const onSession = (session: Buffer) => {
      keeper.session = session;
    };
    const socket = await open(target, addresses, { ...options, session: keeper.session, onSession });
    checkPeer(socket, target, egress);
    const connectMs = clock.monotonic() - resolvedMs;
    onConnected(literal === 0 ? { dnsMs: resolvedMs - startedMs, connectMs } : { connectMs });
    return socket;
  };
  return ({ hostname, port, protocol }, callback) => {
    const secure = protocol === "https:";
    const target = { hostname, port: port === "" ? (secure ? 443 : 80) : Number(port), secure };
    connect(target).then(
      (socket) => callback(null, socket),
      (error: Error) => {
        // A stale session must not fail every handshake to come.
        if (codeOf(error).startsWith("ERR_SSL")) delete keeper.session;
        callback(error, null);
      },
    );
  };
};
