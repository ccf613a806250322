// Which names the local API answers to. A page of a foreign site can point its own name at 127.0.0.1 (DNS rebinding) and
// is then, for the browser, of one origin with this API; only the Host it sends still tells. Pure.

/** What may stand in Host: this machine's own names, with any port, since a tunnel or a container may have moved it. */
const LOOPBACK_HOST = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d{1,5})?$/i;

/**
 * Whether a request is meant for this machine.
 *
 * @param host the Host header; undefined when there was none.
 * @param target the request target as it came: a path. One with a name of its own (RFC 9112, absolute form) is not for us.
 */
export const isForThisMachine = (host: string | undefined, target: string | undefined): boolean =>
  host !== undefined && LOOPBACK_HOST.test(host) && target?.startsWith("/") === true;
