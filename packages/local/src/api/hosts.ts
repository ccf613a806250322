// Which names the local API answers to. A page of a foreign site can point its own name at 127.0.0.1 (DNS rebinding) and
// is then, for the browser, of one origin with this API; only the Host it sends still tells. Pure.

/** What may stand in Host: this machine's own names, with any port, since a tunnel or a container may have moved it. */
const LOOPBACK_HOST = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d{1,5})?$/i;
const DEFAULT_PORT: Readonly<Record<string, string>> = { "http:": "80", "https:": "443" };

/** Host as requests to a public URL have it: with its port, or without one where it is the scheme's own. */
export function hostsOf(publicUrl: string | null): readonly string[] {
  if (publicUrl === null) return [];
  const { protocol, hostname, port, host } = new URL(publicUrl);
  return port === "" ? [host, `${hostname}:${DEFAULT_PORT[protocol] ?? ""}`] : [host];
}

const isOurs = (host: string, publicHosts: readonly string[]): boolean =>
  LOOPBACK_HOST.test(host) || publicHosts.includes(host.toLowerCase());

/**
 * Whether a request is meant for this instance.
 *
 * @param host the Host header; undefined when there was none.
 * @param target the request target as it came: a path. One with a name of its own (RFC 9112, absolute form) is not for us.
 * @param publicHosts what a tunnel leads here, lower-case, to the letter; see `hostsOf`.
 */
export const isForUs = (
  host: string | undefined,
  target: string | undefined,
  publicHosts: readonly string[] = [],
): boolean => host !== undefined && isOurs(host, publicHosts) && target?.startsWith("/") === true;

/**
 * Whether a page may have sent this. The hub's doors take no key, and a browser posts a form anywhere without asking; but
 * then it says which site the page is of. Whoever is no browser says nothing.
 *
 * @param origin the Origin header; undefined when there was none.
 */
export function isFromOurPages(
  method: string | undefined,
  origin: string | undefined,
  publicHosts: readonly string[] = [],
): boolean {
  if (origin === undefined || method === "GET" || method === "HEAD") return true;
  const host = /^https?:\/\/([^/]+)$/i.exec(origin)?.[1];
  return host !== undefined && isOurs(host, publicHosts);
}
