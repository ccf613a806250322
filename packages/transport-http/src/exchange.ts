import type { FailureWord, Timings } from "@hookclock/core";
import type { Clock } from "@hookclock/engine";
import type { Dispatcher } from "undici";
import { BodyHead } from "./body-head.ts";
import type { OnConnection } from "./connection-pool.ts";
import type { ConnectTimings } from "./connector.ts";
import { describe, wordOf } from "./failure.ts";

type RawHeaders = Record<string, string | string[] | undefined>;

/** How one request ended, before anything is made of its bytes. */
export type Raw =
  | {
      kind: "answered";
      status: number;
      headers: RawHeaders;
      head: BodyHead;
      /** The body broke off or was left unread. */
      broken: boolean;
      timings: Timings;
    }
  | { kind: "unreachable"; word: FailureWord; message: string; timings: Timings };

/** `finish` is called once, before one of the other two: it lets go of timers. */
export type ExchangeEnd = {
  finish(): void;
  resolve(raw: Raw): void;
  reject(fault: unknown): void;
};

/** Beyond the kept head, this much more is read so that the connection can be used again; then it is given up. */
const DRAIN_BYTES_MAX = 64 * 1024;

class GivenUp extends Error {}

/** To hundredths of a millisecond: finer is noise that every execution log would carry about. */
const rounded = (ms: number): number => Math.round(ms * 100) / 100;

const declaredBytes = (headers: RawHeaders): number => {
  const text = headers["content-length"];
  return typeof text === "string" && /^\d+$/.test(text) ? Number(text) : 0;
};

/**
 * One request and what comes back, as undici's callbacks tell it. Used directly, without undici's body streams:
 * a webhook's answer is short, and a stream for each costs more than all the rest.
 *
 * The status line decides. Once status and headers are there, the receiver has answered; a body that hangs, breaks
 * off or never ends cannot take that back. The attempt then ends answered, with `broken` set and the body as far
 * as it came. To call it a failure would send again what the receiver said it has.
 */
export class Exchange implements Dispatcher.DispatchHandler, OnConnection {
  takeConnectTimings?: () => ConnectTimings | undefined;
  readonly #clock: Clock;
  readonly #bodyBytesMax: number;
  readonly #end: ExchangeEnd;
  readonly #startedMs: number;
  readonly #timings: Timings = { totalMs: 0 };
  readonly #head: BodyHead;
  #controller: Dispatcher.DispatchController | undefined;
  #status: number | undefined;
  #headers: RawHeaders = {};
  #over = false;

  constructor(clock: Clock, bodyBytesMax: number, end: ExchangeEnd) {
    this.#clock = clock;
    this.#bodyBytesMax = bodyBytesMax;
    this.#end = end;
    this.#head = new BodyHead(bodyBytesMax);
    this.#startedMs = clock.monotonic();
  }

  /** Ends the attempt now: answered if the status is there, else unreachable for the reason given. */
  giveUp(word: FailureWord, message: string): void {
    if (this.#over) return;
    this.#settle(true, word, message);
    // A request that still waits for its connection is dropped in onRequestStart.
    this.#controller?.abort(new GivenUp(message));
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    // Thrown, not aborted: nothing was written, so the fresh connection stays good for the next request.
    if (this.#over) throw new GivenUp("its time was up before its turn");
    this.#controller = controller;
    const made = this.takeConnectTimings?.();
    if (made?.dnsMs !== undefined) this.#timings.dnsMs = rounded(made.dnsMs);
    if (made !== undefined) this.#timings.connectMs = rounded(made.connectMs);
  }

  onResponseStart(_controller: Dispatcher.DispatchController, status: number, headers: RawHeaders): void {
    if (status < 100 || status === 101) {
      this.giveUp("protocol", `status ${status} is no answer to this request`);
    } else if (status >= 200) {
      this.#status = status;
      this.#headers = headers;
      this.#timings.firstByteMs = rounded(this.#clock.monotonic() - this.#startedMs);
    }
    // 102, 103 and their like announce an answer, they are none.
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#over) return;
    this.#head.add(chunk);
    if (!this.#head.overflowed) return;
    const readMax = this.#bodyBytesMax + DRAIN_BYTES_MAX;
    const isLong = this.#head.seenBytes > readMax || declaredBytes(this.#headers) > readMax;
    if (isLong) this.giveUp("protocol", "the answer is too long");
  }

  onResponseEnd(): void {
    if (!this.#over) this.#settle(false, "closed", "");
  }

  onResponseError(_controller: Dispatcher.DispatchController | undefined, error: Error): void {
    if (this.#over) return;
    const word = wordOf(error);
    if (word !== undefined || this.#status !== undefined) {
      this.#settle(true, word ?? "closed", describe(error));
    } else {
      this.#over = true;
      this.#end.finish();
      this.#end.reject(error);
    }
  }

  #settle(broken: boolean, word: FailureWord, message: string): void {
    this.#over = true;
    this.#end.finish();
    const timings = this.#timings;
    timings.totalMs = rounded(this.#clock.monotonic() - this.#startedMs);
    const [status, headers, head] = [this.#status, this.#headers, this.#head];
    this.#end.resolve(
      status === undefined
        ? { kind: "unreachable", word, message, timings }
        : { kind: "answered", status, headers, head, broken, timings },
    );
  }
}
