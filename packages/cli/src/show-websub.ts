// Subscriptions, consumers, handlers and the hub's subscriptions as people see them. Secrets are no part of them.
import { durationText, nextText, type Tone } from "@hookclock/local";
import type { Consumer, HubSubscription, LinkedHandler, ShownConsumer, Subscription } from "hookclock";
import type { Cell, Column } from "./table.ts";

const TONES: Record<Subscription["state"], Tone> = {
  ...{ pending: "busy", renewing: "busy", unsubscribing: "busy" },
  ...{ active: "good", polling: "good" },
  ...{ denied: "bad", expired: "bad", failed: "bad" },
  unsubscribed: "quiet",
};

const stateCell = ({ state }: Subscription): Cell => ({ text: state, tone: TONES[state] });
const ahead = (date: string | null | undefined, now: number): string =>
  date === null || date === undefined ? "" : `${date} (${nextText(Date.parse(date), now, false)})`;
const leaseEnd = ({ lease }: Subscription, now: number): string =>
  lease === null ? "" : nextText(Date.parse(lease.expiresDate), now, false);
const pushesText = ({ pushes: { received, refused }, poll }: Subscription): string =>
  `${received + (poll?.contents ?? 0)}${refused === 0 ? "" : `, ${refused} refused`}`;

export const subscriptionColumns = (now: number): Column<Subscription>[] => [
  { title: "ID", min: 12, cell: ({ id }) => ({ text: id, tone: "strong" }) },
  { title: "STATE", cell: stateCell },
  { title: "LEASE ENDS", cell: (one) => leaseEnd(one, now) },
  { title: "RECEIVED", cell: pushesText },
  { title: "TOPIC", min: 16, cell: ({ topic, url }) => topic ?? url },
  {
    title: "LAST ERROR",
    min: 10,
    cell: ({ lastError }) => ({ text: lastError?.message ?? "", tone: "bad" }),
  },
];

type Facts = [string, Cell][];
const present = (pairs: readonly [string, Cell | null][]): Facts =>
  pairs.filter((pair): pair is [string, Cell] => pair[1] !== null && pair[1] !== "");

export function subscriptionFacts(one: Subscription, now: number): Facts {
  const { lease, request, poll, pushes, lastError } = one;
  return present([
    ["subscription", { text: `${one.namespace}/${one.id}`, tone: "strong" }],
    ["state", stateCell(one)],
    ["since", one.stateDate],
    ["url", one.url],
    ["topic", one.topic === one.url ? null : one.topic],
    ["hub", one.hub],
    ["lease ends", ahead(lease?.expiresDate, now)],
    ["renewed", ahead(lease?.renewDate, now)],
    [
      "asking",
      request === null ? null : `${request.mode} since ${request.begunDate}, ${request.tries} tries before`,
    ],
    ["signed", one.signed ? "yes" : "no"],
    ["looked at", poll === null ? null : pollText(poll)],
    ["received", `${pushesText(one)}${pushes.lastDate === null ? "" : `, last ${pushes.lastDate}`}`],
    [
      "last refused",
      pushes.lastRefusal === null
        ? null
        : { text: `${pushes.lastRefusal.message} (${pushes.lastRefusal.date})`, tone: "bad" },
    ],
    [
      "last error",
      lastError === null ? null : { text: `${lastError.message} (${lastError.date})`, tone: "bad" },
    ],
    ["created", one.createdDate],
  ]);
}

const pollText = ({ everySeconds, lookedDate }: NonNullable<Subscription["poll"]>): string =>
  `every ${durationText(everySeconds * 1_000)}${lookedDate === null ? "" : `, last ${lookedDate}`}`;

const consumerState = ({ enabled, disabled }: Consumer): Cell =>
  enabled
    ? { text: "enabled", tone: "good" }
    : { text: `disabled ${disabled?.reason ?? ""}`.trim(), tone: "bad" };

const UNREADABLE: Cell = { text: "unreadable", tone: "bad" };

/** What a list has of a consumer that can be read; of another one, why it cannot. */
const ofReadable =
  (cell: (one: Consumer) => Cell, otherwise: (problem: string) => Cell = () => "") =>
  (one: ShownConsumer): Cell =>
    one.type === null ? otherwise(one.problem) : cell(one);

export const CONSUMER_COLUMNS: Column<ShownConsumer>[] = [
  { title: "NAME", min: 8, cell: ({ name }) => ({ text: name, tone: "strong" }) },
  { title: "TYPE", cell: ({ type }) => type ?? "" },
  { title: "STATE", cell: ofReadable(consumerState, () => UNREADABLE) },
  { title: "SIGNED", cell: ofReadable(({ signing }) => (signing.secrets === 0 ? "no" : "yes")) },
  {
    title: "URL",
    min: 16,
    cell: ofReadable(
      ({ url }) => url ?? "",
      (problem) => ({ text: problem, tone: "bad" }),
    ),
  },
];

export function consumerFacts(one: ShownConsumer): Facts {
  const name: [string, Cell] = ["consumer", { text: `${one.namespace}/${one.name}`, tone: "strong" }];
  if (one.type !== null) return [name, ...factsOf(one)];
  return [name, ["state", UNREADABLE], ["  why", one.problem]];
}

function factsOf(one: Consumer): Facts {
  const { signing, retry, disabled } = one;
  const until = signing.oldSecretEndsDate;
  return present([
    ["type", `${one.type}${one.format === null ? "" : `, ${one.format}`}`],
    ["state", consumerState(one)],
    ["  why", disabled === null ? null : `${disabled.message} (${disabled.date})`],
    ["url", one.url],
    ...Object.entries(one.headers).map(([name, value]): [string, Cell] => ["  header", `${name}: ${value}`]),
    [
      "signed",
      one.type === "http"
        ? `${signing.secrets === 0 ? "no" : "yes"}${until === null ? "" : `, by the old secret too until ${until}`}`
        : null,
    ],
    ["retries", `${retry.limit}, from ${durationText(retry.baseMs)} to ${durationText(retry.maxMs)} apart`],
    ["timeout", durationText(one.timeoutMs)],
    ["disabled after", one.disableAfter === 0 ? "never" : `${one.disableAfter} failed deliveries in a row`],
    ["created", one.createdDate],
    ["updated", one.updatedDate],
  ]);
}

export const sourceText = ({ source, exact }: Pick<LinkedHandler, "source" | "exact">): string =>
  "event" in source
    ? `event ${source.event}${exact ? " exactly" : ""}`
    : `subscription ${source.subscription}`;

export const HANDLER_COLUMNS: Column<LinkedHandler>[] = [
  { title: "ID", min: 8, cell: ({ id }) => ({ text: id, tone: "strong" }) },
  { title: "SOURCE", min: 16, cell: sourceText },
  { title: "CONSUMER", min: 8, cell: ({ consumer }) => consumer },
  { title: "FILTER", min: 6, cell: ({ filter }) => (filter === null ? "" : JSON.stringify(filter)) },
  { title: "DESCRIPTION", min: 11, cell: ({ description }) => description ?? "" },
];

export const handlerFacts = (one: LinkedHandler): Facts =>
  present([
    ["handler", { text: `${one.namespace}/${one.id}`, tone: "strong" }],
    ["source", sourceText(one)],
    ["consumer", one.consumer],
    ["filter", one.filter === null ? null : JSON.stringify(one.filter)],
    ["template", one.template],
    ["description", one.description],
  ]);

const HUB_TONES: Record<HubSubscription["state"], Tone> = {
  ...{ pending: "busy", renewing: "busy", active: "good", over: "quiet" },
};

export const hubColumns = (now: number): Column<HubSubscription>[] => [
  { title: "TOPIC", min: 16, cell: ({ topic }) => ({ text: topic, tone: "strong" }) },
  {
    title: "STATE",
    cell: ({ state, endReason }) => ({
      text: endReason === null ? state : `${state} ${endReason}`,
      tone: HUB_TONES[state],
    }),
  },
  {
    title: "LEASE ENDS",
    cell: ({ state, expiresDate }) =>
      state === "over" || expiresDate === null ? "" : nextText(Date.parse(expiresDate), now, false),
  },
  { title: "CALLBACK", min: 16, cell: ({ callback }) => callback },
  {
    title: "LAST ERROR",
    min: 10,
    cell: ({ lastError }) => ({ text: lastError?.message ?? "", tone: "bad" }),
  },
  { title: "ID", cell: ({ id }) => ({ text: id, tone: "quiet" }) },
];
