import { HookclockError } from "../errors.ts";
import { LIMITS } from "../limits.ts";
import { parseAddress } from "./address.ts";
import {
  addressAllowed,
  type EgressPolicy,
  nameAllowed,
  normalName,
  opensSomeAddress,
  portNamed,
} from "./policy.ts";

const ALLOWED_URL = "an absolute http: or https: URL of a public host, without user name and password";
const ALLOWED_HOSTS = "public hosts and the entries of egress.allow";
const SHOWN_LENGTH_MAX = 200;

/** Names that never belong to a public machine (RFC 6761, 6762, 8375 and ICANN's reservation of `internal`). */
const PRIVATE_SUFFIXES = ["localhost", "local", "internal", "home.arpa"];
/** Lines of an HTTP request are commands to what listens there; no webhook lives on these. */
const FOREIGN_PORTS = new Set([21, 22, 23, 25, 53, 110, 143, 465, 587, 993, 995]);
const CONTROL = /\p{Cc}/u;

/** What of a URL may stand in a message: no user, no password, no query (tokens live there), not endless. */
export const showUrl = (url: string): string => {
  const place = url.split(/[?#]/, 1)[0] ?? "";
  const scheme = /^(?:https?|wss?|ftp|file|data|javascript):/i.exec(place)?.[0] ?? "";
  const shown = url.includes("@")
    ? `${scheme}//[redacted]@${place.includes("@") ? place.split("@").at(-1) : ""}`
    : place;
  return JSON.stringify(shown.length > SHOWN_LENGTH_MAX ? `${shown.slice(0, SHOWN_LENGTH_MAX)}…` : shown);
};

type Refuse = (problem: string, code?: "invalid-input" | "egress-refused") => HookclockError;

const refusing =
  (url: string, field: string): Refuse =>
  (problem, code = "invalid-input") => {
    const allowed = code === "invalid-input" ? `is ${ALLOWED_URL}` : `are ${ALLOWED_HOSTS}`;
    return new HookclockError(code, `${field}: ${showUrl(url)} ${problem}; allowed ${allowed}`, {
      field,
      allowed: code === "invalid-input" ? ALLOWED_URL : ALLOWED_HOSTS,
    });
  };

const parse = (url: string, refusal: Refuse): URL => {
  if (typeof url !== "string" || url === "") throw refusal("is not a URL");
  const bytes = Buffer.byteLength(url);
  if (bytes > LIMITS.urlBytesMax) throw refusal(`has ${bytes} bytes, more than ${LIMITS.urlBytesMax}`);
  // The URL parser would quietly drop line breaks and tabs: what is stored must be what is sent.
  if (CONTROL.test(url)) throw refusal("holds a line break or another control character");
  // Without this, `http:host` and `http:\\host` would be read as if the slashes were there.
  if (!/^https?:\/\//i.test(url)) throw refusal("does not start with http:// or https://");
  const parsed = URL.canParse(url) ? new URL(url) : null;
  if (parsed === null) throw refusal("is not a URL");
  if (parsed.username !== "" || parsed.password !== "" || /^https?:\/\/[^/?#\\]*@/i.test(url)) {
    throw refusal("holds a user name or password");
  }
  return parsed;
};

/** The port a URL leads to. */
export const portOf = (url: URL): number =>
  url.port === "" ? (url.protocol === "https:" ? 443 : 80) : Number(url.port);

const isBelow = (name: string, suffix: string): boolean => name === suffix || name.endsWith(`.${suffix}`);

const checkName = (host: string, port: number, policy: EgressPolicy, refusal: Refuse): void => {
  const name = normalName(host);
  if (name === "" || name.split(".").some((label) => label === ""))
    throw refusal("has an empty label in its host");
  if (nameAllowed(policy, name, port)) return;
  const suffix = PRIVATE_SUFFIXES.find((candidate) => isBelow(name, candidate));
  if (suffix === undefined) return;
  // An allow list that speaks of addresses may well cover what the name resolves to: then the check at connect decides.
  const mayLeadSomewhere =
    suffix === "localhost"
      ? ["127.0.0.1", "::1"].some((ip) => addressAllowed(policy, ip, name, port))
      : opensSomeAddress(policy, port);
  if (!mayLeadSomewhere) throw refusal(`names a host that can only be private (${suffix})`, "egress-refused");
};

/**
 * Refuses a URL nothing may be sent to, as far as its text tells; where its name leads is checked when connecting.
 * Addresses are recognised in every spelling the URL standard knows (decimal, octal, hexadecimal, short, mapped).
 *
 * @param field what the caller knows the URL as.
 * @throws HookclockError `invalid-input` when it is no acceptable URL, `egress-refused` when its host is not public
 *   and not allowed. The message never holds user name, password or query.
 */
export const checkUrl = (url: string, policy: EgressPolicy, field = "request.url"): URL => {
  const refusal = refusing(String(url), field);
  const parsed = parse(url, refusal);
  const port = portOf(parsed);
  if (port === 0) throw refusal("has port 0");
  if (FOREIGN_PORTS.has(port) && !portNamed(policy, port))
    throw refusal(`leads to port ${port} of another protocol`, "egress-refused");
  const host = parsed.hostname.replace(/^\[|\]$/g, "");
  if (parseAddress(host) === null) checkName(host, port, policy, refusal);
  else if (!addressAllowed(policy, host, host, port))
    throw refusal("leads to an address that is not public", "egress-refused");
  return parsed;
};
