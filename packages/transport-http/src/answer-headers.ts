export type KeptHeaders = { headers: Record<string, string>; truncated: boolean };

/** Said to the next hop about the connection, not to us about the answer: RFC 9110, section 7.6.1. */
const OF_THE_CONNECTION: ReadonlySet<string> = new Set([
  "connection",
  "keep-alive",
  "proxy-connection",
  "transfer-encoding",
]);

/**
 * Response headers as they are kept: several lines of one name joined by a comma, at most `countMax` names and
 * `bytesMax` bytes in all, without those of the connection. Built from entries, so a header called `__proto__` is
 * just a header.
 */
export const keepHeaders = (
  raw: Record<string, string | string[] | undefined>,
  countMax: number,
  bytesMax: number,
): KeptHeaders => {
  const kept: [string, string][] = [];
  let bytes = 0;
  let truncated = false;
  for (const [name, value] of Object.entries(raw)) {
    if (value === undefined || OF_THE_CONNECTION.has(name)) continue;
    const text = typeof value === "string" ? value : value.join(", ");
    // Header bytes come as Latin-1: above ASCII, each takes two when stored as UTF-8.
    const size = name.length + Buffer.byteLength(text);
    if (kept.length >= countMax || bytes + size > bytesMax) {
      truncated = true;
      continue;
    }
    bytes += size;
    kept.push([name, text]);
  }
  return { headers: Object.fromEntries(kept), truncated };
};
