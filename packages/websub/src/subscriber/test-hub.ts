// A hub as tests want it: it takes requests, checks them when it is told to, and keeps its leases.
import type { WebFailure, WebRequest } from "@hookclock/engine";
import type { FakeClock } from "@hookclock/testkit";
import type { WebReply } from "../ports.ts";
import { type SignatureMethod, sign } from "../signature.ts";

export type Answer = { status?: number; headers?: Record<string, string>; body?: string | Uint8Array };
export type Visit = (
  method: "GET" | "POST",
  callback: string,
  more?: { headers?: Record<string, string>; body?: Uint8Array },
) => Promise<WebReply>;
type Pair = { topic: string; callback: string; secret: string | null; expiresAt: number };
type Asked = {
  at: number;
  mode: string;
  topic: string;
  callback: string;
  secret: string | null;
  form: URLSearchParams;
};

const keyOf = ({ topic, callback }: { topic: string; callback: string }) => JSON.stringify([topic, callback]);
const isYes = ({ status, body }: WebReply, challenge: string | null) =>
  status >= 200 && status < 300 && body === challenge;
const crashed = (): WebReply => ({ status: 500 });
const withQuery = (callback: string, query: Record<string, string>): string => {
  const url = new URL(callback);
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
  return url.href;
};

export class TestHub {
  /** Every request that was taken, oldest first. */
  readonly asked: Asked[] = [];
  readonly pairs = new Map<string, Pair>();
  leaseSeconds = 864_000;
  /** What is answered instead of taking a request. */
  trouble: Answer | WebFailure | null = null;
  /** Checks before it answers. */
  isSynchronous = false;
  /** Takes requests and never checks them. */
  isSilent = false;
  readonly #clock: FakeClock;
  readonly #visit: Visit;
  readonly #waiting: Asked[] = [];
  #challenges = 0;

  constructor(clock: FakeClock, visit: Visit) {
    this.#clock = clock;
    this.#visit = visit;
  }

  async place(request: WebRequest): Promise<Answer | WebFailure> {
    if (this.trouble !== null) return this.trouble;
    const form = new URLSearchParams(String(request.body));
    const one: Asked = {
      at: this.#clock.now(),
      mode: form.get("hub.mode") ?? "",
      topic: form.get("hub.topic") ?? "",
      callback: form.get("hub.callback") ?? "",
      secret: form.get("hub.secret"),
      form,
    };
    this.asked.push(one);
    if (!this.isSilent) this.#waiting.push(one);
    if (this.isSynchronous) await this.check();
    return { status: 202 };
  }

  /** The check of a request, as it would be sent. */
  urlOf(one: Pick<Asked, "mode" | "topic" | "callback">, more: Record<string, string> = {}): string {
    const lease = one.mode === "subscribe" ? { "hub.lease_seconds": String(this.leaseSeconds) } : {};
    this.#challenges += 1;
    const challenge = { "hub.challenge": `challenge-${this.#challenges}` };
    return withQuery(one.callback, {
      ...{ "hub.mode": one.mode, "hub.topic": one.topic },
      ...{ ...challenge, ...lease, ...more },
    });
  }

  /** Checks everything that was asked for, once more where the subscriber broke down. Statuses of the first time. */
  async check(): Promise<number[]> {
    const statuses: number[] = [];
    for (const one of this.#waiting.splice(0)) {
      let url = this.urlOf(one);
      let reply = await this.#visit("GET", url).catch(crashed);
      statuses.push(reply.status);
      if (reply.status >= 500) {
        url = this.urlOf(one);
        reply = await this.#visit("GET", url).catch(crashed);
      }
      if (!isYes(reply, new URL(url).searchParams.get("hub.challenge"))) continue;
      if (one.mode === "unsubscribe") this.pairs.delete(keyOf(one));
      else this.pairs.set(keyOf(one), { ...one, expiresAt: this.#clock.now() + this.leaseSeconds * 1_000 });
    }
    return statuses;
  }

  live(): Pair[] {
    return [...this.pairs.values()].filter(({ expiresAt }) => expiresAt > this.#clock.now());
  }

  /** Sends content to every live pair; what broke down is sent once more. Statuses of the first time. */
  async publish(
    body: string | Uint8Array,
    type = "text/plain",
    method: SignatureMethod = "sha256",
  ): Promise<number[]> {
    const statuses: number[] = [];
    for (const pair of this.live()) {
      const first = await this.push(pair, body, type, method);
      statuses.push(first.status);
      if (first.status === 410) this.pairs.delete(keyOf(pair));
      else if (first.status >= 500) await this.push(pair, body, type, method);
    }
    return statuses;
  }

  push(
    pair: Pick<Pair, "callback" | "secret">,
    body: string | Uint8Array,
    type = "text/plain",
    method: SignatureMethod = "sha256",
  ): Promise<WebReply> {
    const bytes = Buffer.from(body);
    const signature = pair.secret === null ? {} : { "x-hub-signature": sign(method, pair.secret, bytes) };
    const headers = { "content-type": type, ...signature };
    return this.#visit("POST", pair.callback, { headers, body: bytes }).catch(crashed);
  }

  /** Says no to a pair. */
  deny(pair: Pick<Pair, "topic" | "callback">, reason = "not today"): Promise<WebReply> {
    const query = { "hub.mode": "denied", "hub.topic": pair.topic, "hub.reason": reason };
    return this.#visit("GET", withQuery(pair.callback, query));
  }
}
