// `POST /hub`: subscribing, unsubscribing, and telling that a topic changed.
import { namespaceField } from "@hookclock/core";
import { registerOnce } from "../own-tasks.ts";
import type { WebReply } from "../ports.ts";
import { askForIntent } from "./ask.ts";
import { isFormType, readForm } from "./form.ts";
import type { HubParts } from "./hub-parts.ts";
import { type PairRequest, parseHubRequest } from "./hub-request.ts";
import { fetchTask } from "./hub-tasks.ts";
import { grantedLease } from "./lease.ts";
import { pageOfTopic } from "./page-address.ts";
import { pairOf } from "./subscription-repository.ts";
import { collectionOfUrl, identityOf, laneOfUrl } from "./url-identity.ts";

export type FormRequest = { namespace: string; contentType: string; body: Uint8Array };

/** A pending check takes seconds; then there is room again. */
const BUSY_SECONDS = 10;

/** An answer in plain words for developers, as the standard wishes. What they sent is data, and not to be rendered. */
export const plain = (status: number, body: string, headers: Record<string, string> = {}): WebReply => ({
  status,
  headers: { "content-type": "text/plain; charset=utf-8", "x-content-type-options": "nosniff", ...headers },
  body: `${body}\n`,
});

export const tooBusy = (): WebReply =>
  plain(429, "too many callbacks of this host wait for their verification", {
    "retry-after": String(BUSY_SECONDS),
  });

/**
 * Answers a request to the hub: 202 as soon as it is durable that the subscriber will be asked, whatever comes of
 * that; 204 for a ping; 4xx with the reason when the request itself is wrong. Rejects only when the fault is ours.
 */
export async function answerHubRequest(parts: HubParts, request: FormRequest): Promise<WebReply> {
  const { namespace, contentType, body } = request;
  if (!isFormType(contentType)) {
    return plain(415, "the hub takes application/x-www-form-urlencoded");
  }
  if (!namespaceField.safeParse(namespace).success) return plain(404, "there is no hub at this address");
  const { web, settings } = parts.world;
  const parsed = parseHubRequest(readForm(body), { egress: web.egress, baseUrl: settings.baseUrl });
  if (parsed.mode === "fault") return plain(400, parsed.problem);
  if (parsed.mode === "publish") return ping(parts, namespace, parsed.topics);
  return subscribe(parts, namespace, parsed);
}

async function subscribe(parts: HubParts, namespace: string, request: PairRequest): Promise<WebReply> {
  const { hub, leaseSeconds: defaultSeconds } = parts.world.settings;
  // A callback that must not be called cannot be told so by calling it; a topic that is refused is denied later.
  const problem = (await hub.policy.callback?.(request.callback, namespace)) ?? null;
  if (problem !== null) return plain(403, problem);
  const bounds = { defaultSeconds, minSeconds: hub.leaseSecondsMin, maxSeconds: hub.leaseSecondsMax };
  const key = pairOf(namespace, collectionOfUrl(request.topic), request.callback);
  const terms = { ...request, leaseSeconds: grantedLease(request.leaseSeconds, bounds), exact: false };
  return (await askForIntent(parts, key, terms)) === "busy" ? tooBusy() : { status: 202 };
}

async function ping(parts: HubParts, namespace: string, topics: readonly string[]): Promise<WebReply> {
  const { settings, tasks, clock } = parts.world;
  const { publisher } = settings.hub.policy;
  for (const topic of topics) {
    const problem = (await publisher?.(topic, namespace)) ?? null;
    if (problem !== null) return plain(403, problem);
  }
  for (const url of topics) {
    // What is published here was sent to everybody when it was.
    if (pageOfTopic(settings.baseUrl, namespace, url) !== null) continue;
    // Topics nobody is subscribed to are not fetched, and whoever pings need not know which those are.
    const known = await parts.topics.get(namespace, collectionOfUrl(url));
    if (known === null) continue;
    const topic = { url: known.topic, identity: identityOf(url), lane: laneOfUrl(known.topic) };
    await registerOnce(tasks, fetchTask(namespace, topic, clock.now()));
  }
  return { status: 204 };
}
