// Execution logs of a namespace by time: the digests of all parts merged in order, filtered by what they say, and
// only then the logs themselves read.
import { type LogRow, logIdOf } from "@hookclock/core";
import type { LogCursor, LogListQuery, Page } from "@hookclock/engine";
import { type Item, toAttribute, toAttributes } from "./attributes.ts";
import {
  DIGEST_SPREAD,
  digestPartition,
  digestSort,
  digestTime,
  taskLogSort,
  taskLogsPartition,
} from "./keys.ts";
import { decodeLog } from "./log-codec.ts";
import { type Digest, type DigestEntry, decodeDigest } from "./log-digests.ts";
import { expiryBound, type LogTable } from "./task-log-queries.ts";

/** Logs read with one request. */
const READ_BATCH = 100;
/** Digests looked at for one call when filters drop most of them; then a short page with a cursor is handed back. */
const DIGESTS_MAX = 1_000;
const DIGEST_PAGE_MAX = 100;
/** Sorts after every batch id: the upper end of an instant. */
const LAST = "~";
const LATEST_MS = 10 ** 15 - 1;

type Listed = { digest: Digest; index: number; entry: DigestEntry };

export async function listNamespaceLogs(
  logs: LogTable,
  query: LogListQuery,
): Promise<Page<LogRow, LogCursor>> {
  const rows: LogRow[] = [];
  let wanted: Listed[] = [];
  let position: Listed | null = null;
  let digests = 0;
  const flush = async (): Promise<void> => {
    rows.push(...(await readLogs(logs, query, wanted)));
    wanted = [];
  };
  for await (const digest of mergedDigests(logs, query)) {
    for (const listed of entriesOf(digest, query)) {
      if (isWanted(listed.entry, query)) {
        // One more than fits: that is how a full page knows that it is not the last.
        if (rows.length >= query.limit) return { rows, next: cursorAt(query, position) };
        wanted.push(listed);
      }
      position = listed;
      if (wanted.length >= Math.min(READ_BATCH, query.limit - rows.length)) await flush();
    }
    digests += 1;
    if (digests < DIGESTS_MAX) continue;
    await flush();
    return { rows, next: cursorAt(query, position) };
  }
  await flush();
  return { rows, next: null };
}

function cursorAt({ namespace, after }: LogListQuery, position: Listed | null): LogCursor | null {
  if (position === null) return after ?? null;
  const { digest, index } = position;
  return { namespace, createdAt: digest.createdAt, position: `${digest.batch}#${index}` };
}

const startOf = ({ createdAt, position }: LogCursor) => {
  const [batch = "", index = ""] = position.split("#");
  return { sort: digestSort(createdAt, batch), index: Number(index) };
};

/** Entries of a digest in the order of the list, without those that the page before showed. */
function entriesOf(digest: Digest, { after, descending }: LogListQuery): Listed[] {
  let listed = digest.entries.map((entry, index): Listed => ({ digest, index, entry }));
  const start = after === undefined ? null : startOf(after);
  if (start?.sort === digest.sort) {
    listed = listed.filter(({ index }) => (descending ? index < start.index : index > start.index));
  }
  return descending ? listed.reverse() : listed;
}

const isWanted = (entry: DigestEntry, { status, idPrefix }: LogListQuery): boolean =>
  (status === undefined || entry.status === status) &&
  (idPrefix === undefined || logIdOf(entry).startsWith(idPrefix));

const itemIdOf = (item: Item): string => JSON.stringify([item["pk"], item["sk"]]);

/**
 * The logs that are still what the digest listed. One that was written again belongs to a later digest, one that
 * expired or was deleted to none.
 */
async function readLogs({ database, table }: LogTable, query: LogListQuery, wanted: readonly Listed[]) {
  if (wanted.length === 0) return [];
  const keys = wanted.map(
    ({ entry }): Item => ({
      pk: taskLogsPartition(query.namespace, entry.taskId),
      sk: taskLogSort(entry),
    }),
  );
  const items = await database.getMany(table, keys, itemIdOf);
  const ttlMin = expiryBound(query.now);
  return items.flatMap((item, place) => {
    const digest = (wanted[place] as Listed).digest;
    if (item === null || item["digest"] !== digest.batch || item["createdAt"] !== digest.createdAt) return [];
    const log = decodeLog(item);
    return log === null || log.ttl < ttlMin ? [] : [log];
  });
}

/** Digests of all parts of the namespace in the order of the list. */
async function* mergedDigests(logs: LogTable, query: LogListQuery): AsyncGenerator<Digest, void, undefined> {
  const streams = Array.from({ length: DIGEST_SPREAD }, (_, part) => digestsOfPart(logs, query, part));
  const heads = await Promise.all(streams.map((stream) => stream.next()));
  const direction = query.descending ? -1 : 1;
  for (;;) {
    let first = -1;
    for (const [part, head] of heads.entries()) {
      if (head.done === true) continue;
      const best = heads[first];
      const isBefore =
        best === undefined ||
        best.done === true ||
        direction * (head.value.sort < best.value.sort ? -1 : 1) < 0;
      if (isBefore) first = part;
    }
    const head = heads[first];
    if (head === undefined || head.done === true) return;
    yield head.value;
    heads[first] = await (streams[first] as AsyncGenerator<Digest, void, undefined>).next();
  }
}

async function* digestsOfPart(
  { database, table }: LogTable,
  query: LogListQuery,
  part: number,
): AsyncGenerator<Digest, void, undefined> {
  const { from, to } = boundsOf(query);
  if (from > to) return;
  // Pages grow: when each batch had many logs, a few digests fill the list; when each had one, it takes many.
  let limit = Math.ceil(query.limit / READ_BATCH) * 8;
  let start: Item | null = null;
  do {
    const { items, last } = await database.query({
      TableName: table,
      ConsistentRead: true,
      KeyConditionExpression: "pk = :pk AND sk BETWEEN :from AND :to",
      ExpressionAttributeValues: {
        ":pk": toAttribute(digestPartition(query.namespace, part)),
        ":from": toAttribute(from),
        ":to": toAttribute(to),
      },
      ScanIndexForward: !query.descending,
      Limit: Math.min(limit, DIGEST_PAGE_MAX),
      ...(start === null ? {} : { ExclusiveStartKey: toAttributes(start) }),
    });
    for (const item of items) {
      const digest = decodeDigest(item);
      if (digest !== null && Number(item["ttl"]) >= expiryBound(query.now)) yield digest;
    }
    start = last;
    limit *= 2;
  } while (start !== null);
}

/** Sort keys between which the list runs: the digest of the cursor is in it, since it may be half read. */
function boundsOf({ from, to, after, descending }: LogListQuery): { from: string; to: string } {
  const earliest = from === undefined ? "" : digestTime(Math.max(0, Math.ceil(from)));
  const latest = to === undefined ? LAST : `${digestTime(Math.min(LATEST_MS, Math.floor(to)))}${LAST}`;
  const start = after === undefined ? null : startOf(after).sort;
  return {
    from: !descending && start !== null && start > earliest ? start : earliest || "0",
    to: descending && start !== null && start < latest ? start : latest,
  };
}
