// Where the API is, and the key that opens it. A key never travels in the clear, and never shows up in a text.
import { check, HookclockError, refuse } from "@hookclock/core";
import * as z from "zod";

export type RemoteOptions = {
  /** Address of the API, without `/v1`: `https://hooks.example.com`. Plain http only on this machine. */
  url: string;
  /** The token of a key: `hc_…`. */
  key: string;
  /** Plain http to another machine all the same: the key is then readable on the way. Default false. */
  insecureHttp?: boolean;
  /** How long one request may take, ms. Default 30,000. */
  timeoutMs?: number;
  /**
   * How often a request that may be sent twice is sent again. Default 3. Where the first sending turns out to be at work
   * still, its answer is asked for for up to 40 seconds.
   */
  retriesMax?: number;
  /** Bytes of an answer that are read at most. Default 64 MiB. */
  answerBytesMax?: number;
};

/** What a header can carry; whatever else is wrong with a key, the API says. */
const KEY = /^[\x21-\x7e]{1,512}$/;

const schema = z.strictObject({
  url: z.string(),
  key: z.string().refine((key) => KEY.test(key), "the token of a key, as `hookclock key create` printed it"),
  insecureHttp: z.boolean().default(false),
  timeoutMs: z.number().int().min(1).max(3_600_000).default(30_000),
  retriesMax: z.number().int().min(0).max(10).default(3),
  answerBytesMax: z
    .number()
    .int()
    .min(1_024)
    .default(64 * 1_024 * 1_024),
});

export type CheckedOptions = Omit<z.output<typeof schema>, "url"> & { base: URL };

export function checkOptions(options: RemoteOptions): CheckedOptions {
  const { url, ...rest } = check(schema, options, "options");
  return { ...rest, base: parseApiUrl(url, rest) };
}

/**
 * The address of an API, its path with a slash at the end. Throws `invalid-input` for what is none, for one that holds a
 * password, and for plain http to another machine unless `insecureHttp` says that this is meant.
 */
export function parseApiUrl(text: string, { insecureHttp = false }: { insecureHttp?: boolean } = {}): URL {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !/^https?:$/.test(url.protocol)) {
    refuse(
      "url",
      text.includes("@") ? "[not shown]" : text,
      "the address of an API, such as https://hooks.example.com",
    );
  }
  if (url.username !== "" || url.password !== "" || url.search !== "" || url.hash !== "") {
    throw new HookclockError(
      "invalid-input",
      "url holds more than an address; allowed: no user, password, query or fragment",
      { field: "url", allowed: "no user, password, query or fragment" },
    );
  }
  if (url.protocol === "http:" && !insecureHttp && !isLoopback(url)) {
    const allowed = "https, or http on this machine: a key must not travel in the clear";
    throw new HookclockError("invalid-input", `url is "${url.origin}"; allowed: ${allowed}`, {
      field: "url",
      allowed,
    });
  }
  if (!url.pathname.endsWith("/")) url.pathname += "/";
  return url;
}

/** Whether an address is on this very machine, by its looks. */
export const isLoopback = (url: URL): boolean =>
  /^(localhost|127(?:\.\d{1,3}){3}|\[::1\])$/.test(url.hostname);
