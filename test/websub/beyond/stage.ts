// Subscribers and topics on loopback that do as they are told: what a hub is led through beyond the suite's own tests.
import { type Answer, type ReceivedRequest, startReceiver } from "@hookclock/testkit";
import { randomToken } from "../rocks/site.ts";
import { createTrail, type Trail } from "../rocks/trail.ts";

export type ActorEvent =
  | { type: "check"; url: string; query: URLSearchParams }
  | { type: "delivery"; url: string; request: ReceivedRequest };

/** One subscriber at a callback of its own. */
export type Actor = {
  callback: string;
  trail: Trail<ActorEvent>;
  /** What the intent check is answered with; at first the challenge. */
  check: (challenge: string) => Answer;
  /** What deliveries are answered with. */
  delivery: () => Answer;
};
export type Topic = { url: string; hub: string; type: string; body: Buffer; fetched: number };

export type Stage = AsyncDisposable & {
  /** `query` stands behind the callback as it is. */
  actor(query?: string): Actor;
  /** A page with the given address (path and query, as it is written), or any. */
  topic(hub: string, address?: string): Topic;
  /** Somewhere to redirect to: it answers everything with the challenge. */
  elsewhere(challenge: string): string;
  /** How often somebody came there. */
  strayed(): number;
};

const ELSEWHERE = "/elsewhere/";

export const agree = (challenge: string): Answer => ({ body: challenge });
export const moved = (status: number, location: string): Answer => ({ status, headers: { location } });

export const startStage = async (): Promise<Stage> => {
  const actors = new Map<string, Actor>();
  const topics = new Map<string, Topic>();

  let strayed = 0;

  const onElsewhere = ({ url }: ReceivedRequest): Answer => {
    strayed += 1;
    return { body: url.slice(ELSEWHERE.length) };
  };
  const onCallback = (actor: Actor, request: ReceivedRequest): Answer => {
    const url = new URL(request.url, receiver.url);
    if (request.method === "GET") {
      actor.trail.add({ type: "check", url: request.url, query: url.searchParams });
      return actor.check(url.searchParams.getAll("hub.challenge").at(-1) ?? "");
    }
    const answer = actor.delivery();
    actor.trail.add({ type: "delivery", url: request.url, request });
    return answer;
  };
  const receiver = await startReceiver((request): Answer => {
    const topic = topics.get(request.url);
    if (topic !== undefined) {
      topic.fetched += 1;
      const link = [`<${topic.url}>; rel="self"`, `<${topic.hub}>; rel="hub"`];
      return { headers: { "content-type": topic.type, link }, body: topic.body };
    }
    if (request.url.startsWith(ELSEWHERE)) return onElsewhere(request);
    const actor = actors.get(request.url.split(/[/?]/)[1] ?? "");
    return actor === undefined ? 404 : onCallback(actor, request);
  });

  return {
    actor: (query = "") => {
      const name = randomToken();
      const callback = `${receiver.url}/${name}${query}`;
      const actor: Actor = { callback, trail: createTrail(), check: agree, delivery: () => 200 };
      actors.set(name, actor);
      return actor;
    },
    topic: (hub, address = `/topic/${randomToken()}`) => {
      const body = Buffer.from(randomToken());
      const topic = { url: `${receiver.url}${address}`, hub, type: "text/plain", body, fetched: 0 };
      topics.set(address, topic);
      return topic;
    },
    elsewhere: (challenge) => `${receiver.url}${ELSEWHERE}${challenge}`,
    strayed: () => strayed,
    [Symbol.asyncDispose]: receiver.close,
  };
};
