// Makes one delivery task for each subscriber of an update. Goes on where it was when it is cut off: the cursor is saved
// after the tasks of a page, and their ids are made of update and callback, so a page done twice makes nothing twice.
import type { HookclockError, Outcome, TaskRow } from "@hookclock/core";
import type { AttemptContext, Handler } from "@hookclock/engine";
import { payloadOf, registerOnce } from "../own-tasks.ts";
import type { Message, MessageSink } from "../ports.ts";
import { dueAmongMany } from "../spread.ts";
import { fault, type HubParts, missing } from "./hub-parts.ts";
import { distributeTask, fanOutPayload, fanOutTask, HUB_KINDS } from "./hub-tasks.ts";
import { isOutOfDate, outOfDate } from "./out-of-date.ts";
import { type HubSubscription, isLive, startOf } from "./subscription.ts";
import { advanced, type Update } from "./update.ts";
import { laneOfUrl } from "./url-identity.ts";

/** Subscribers of one page; each becomes a row in one batch of writes. */
export const PAGE = 100;
/** After so many pages another task takes over, so that none grows too old for its claim. */
const PAGES_MAX = 50;

export function makeFanOutHandler(parts: HubParts, sink: MessageSink): Handler {
  return {
    kind: HUB_KINDS.fanOut,
    validate: ({ payload }) => void payloadOf(fanOutPayload, payload),
    async run(task: TaskRow, { signal }: AttemptContext): Promise<Outcome> {
      const { namespace } = task;
      const payload = payloadOf(fanOutPayload, task.payload);
      let stored = await parts.updates.find(namespace, payload.update);
      if (stored === null) return missing("The update");
      if (!(await tellConsumers(parts, sink, namespace, stored.update))) return missing("The content");
      for (let page = 1; page <= PAGES_MAX && !stored.update.isDone; page += 1) {
        if (signal.aborted) return fault("aborted", "The fan-out was cut off; it goes on where it was");
        if (await isOutOfDate(parts, namespace, stored.update)) return outOfDate;
        const update = await makeDeliveries(parts, namespace, payload.update, stored.update);
        // What led to no delivery can be looked at again; what did is noted at once.
        const isWorthSaving: boolean =
          update.deliveries > stored.update.deliveries || update.isDone || page === PAGES_MAX;
        stored = isWorthSaving
          ? ((await parts.updates.save(stored, update)) ??
            (await parts.updates.find(namespace, payload.update)))
          : { ...stored, update };
        if (stored === null) return missing("The update");
      }
      if (stored.update.isDone) return { class: "ok", message: `${stored.update.deliveries} deliveries` };
      const more = { update: payload.update, part: payload.part + 1 };
      await registerOnce(parts.world.tasks, fanOutTask(namespace, more, parts.world.clock.now()));
      return { class: "ok", message: "goes on in another task" };
    },
  };
}

/** The deliveries of one page of one collection are tasks when it resolves with the update's progress behind it. */
async function makeDeliveries(
  parts: HubParts,
  namespace: string,
  id: string,
  update: Update,
): Promise<Update> {
  const collection = update.collections[update.at];
  if (collection === undefined) return { ...update, isDone: true };
  const page = await parts.subscriptions.page({ namespace, collection, limit: PAGE, after: update.after });
  const now = parts.world.clock.now();
  const wanted = page.rows.filter(({ row }) => wants(row, update, now));
  await registerAll(
    parts,
    wanted.map(({ callbackHash, row }, index) => {
      const lane = laneOfUrl(row.active?.callback ?? row.callback);
      const at = dueAmongMany(update.createdAt, update.deliveries + index);
      const place = update.collections.length > 1 ? { at: update.at } : {};
      return distributeTask(namespace, { update: id, callbackHash, lane, ...place }, at);
    }),
  );
  return advanced(update, { after: page.after, deliveries: wanted.length });
}

/** Whether a subscription is in force and this update is one for it. */
export const wants = (
  row: HubSubscription,
  update: Pick<Update, "since" | "topic">,
  now: number,
): boolean => {
  if (row.active === null || !isLive(row, now)) return false;
  if (row.active.exact && row.active.topic.toUpperCase() !== update.topic.toUpperCase()) return false;
  return update.since === null || startOf(row.active) >= update.since;
};

/** All of them are durable when it resolves. One that is there already, by whatever way, is as good. */
async function registerAll(
  { world }: HubParts,
  tasks: Parameters<HubParts["world"]["tasks"]["registerMany"]>[0],
): Promise<void> {
  if (tasks.length === 0) return;
  const failed = (await world.tasks.registerMany(tasks)).find(
    (result): result is { ok: false; error: HookclockError } =>
      !result.ok && result.error.code !== "id-conflict",
  );
  if (failed !== undefined) throw failed.error;
}

/** Before everything else, and again when it was cut off: consumers know what they have. False without content. */
async function tellConsumers(
  { updates }: HubParts,
  sink: MessageSink,
  namespace: string,
  update: Update,
): Promise<boolean> {
  if (update.kind !== "dot" || update.at > 0 || update.after !== null) return true;
  const reference = { namespace, id: update.contentId, bytes: update.contentBytes };
  const bytes = await updates.contentOf(reference);
  if (bytes === null) return false;
  const message: Message = {
    namespace,
    id: update.name,
    source: { event: update.topic },
    topic: update.topic,
    receivedAt: update.createdAt,
    entry: null,
    content: { type: update.contentType, bytes },
  };
  await sink.accept([message]);
  return true;
}
