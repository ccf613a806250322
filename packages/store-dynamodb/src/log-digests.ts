// Digests: the list of logs by time. Each batch of logs written together leaves one small item that names them, so a
// namespace's logs between two instants are found without an index that would double the cost of every log.
import { createHash } from "node:crypto";
import type { LogRow, LogStatus } from "@hookclock/core";
import type { Item } from "./attributes.ts";
import { DIGEST_SPREAD, digestPartition, digestSort, type LogPlace } from "./keys.ts";

export type DigestEntry = LogPlace & { taskId: string; status: LogStatus };
export type Digest = { createdAt: number; batch: string; sort: string; entries: DigestEntry[] };

/** Entries of one digest: far below 400 KB, and a page of a list does not read much more than it shows. */
const ENTRY_BYTES_MAX = 200 * 1024;
const ENTRIES_MAX = 500;
const BATCH_ID_LENGTH = 12;

export type LogGroup = { digest: Item; batch: string; logs: LogRow[] };

/** Logs by namespace and instant, cut to what fits into one digest, each with the digest that names them. */
export function groupLogs(logs: readonly LogRow[]): LogGroup[] {
  const groups = new Map<string, LogRow[]>();
  for (const log of logs) {
    const key = `${log.createdAt} ${log.namespace}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [log]);
    else group.push(log);
  }
  return [...groups.values()].flatMap(cut).map(withDigest);
}

function cut(logs: LogRow[]): LogRow[][] {
  const parts: LogRow[][] = [];
  let part: LogRow[] = [];
  let bytes = 0;
  for (const log of logs) {
    const entryBytes = Buffer.byteLength(encodeEntry(log));
    if (part.length === ENTRIES_MAX || (part.length > 0 && bytes + entryBytes > ENTRY_BYTES_MAX)) {
      parts.push(part);
      part = [];
      bytes = 0;
    }
    part.push(log);
    bytes += entryBytes;
  }
  parts.push(part);
  return parts;
}

const encodeEntry = ({ taskId, occurrence, attempt, rev, status }: LogRow): string =>
  JSON.stringify([taskId, occurrence, attempt, status === "SUCCESS" ? 1 : 0, rev]);

function withDigest(logs: LogRow[]): LogGroup {
  const [first] = logs as [LogRow];
  const entries = `[${logs.map(encodeEntry).join(",")}]`;
  // From the content: writing the same batch again overwrites the same digest.
  const hash = createHash("sha256").update(entries).digest();
  const batch = hash.toString("base64url").slice(0, BATCH_ID_LENGTH);
  const digest: Item = {
    pk: digestPartition(first.namespace, (hash.at(-1) ?? 0) % DIGEST_SPREAD),
    sk: digestSort(first.createdAt, batch),
    logs: entries,
    ttl: logs.reduce((latest, { ttl }) => Math.max(latest, ttl), 0),
  };
  return { digest, batch, logs };
}

/** Null for an item that is no digest of ours. */
export function decodeDigest(item: Item): Digest | null {
  const sort = String(item["sk"]);
  const separator = sort.indexOf("#");
  try {
    const listed = JSON.parse(String(item["logs"])) as [string, number, number, number, number][];
    const entries = listed.map(([taskId, occurrence, attempt, ok, rev]): DigestEntry => {
      return { taskId, occurrence, attempt, rev, status: ok === 1 ? "SUCCESS" : "FAIL" };
    });
    return { createdAt: Number(sort.slice(0, separator)), batch: sort.slice(separator + 1), sort, entries };
  } catch {
    return null;
  }
}
