// What a check beyond the suite is written with: asking a hub for things, and expecting what it does.
import { ask, type MaybeAnswer } from "../rocks/client.ts";
import { type HubUnderTest, patience, quiet } from "../rocks/hub-tests.ts";
import { sign } from "../rocks/sign.ts";
import { randomToken } from "../rocks/site.ts";
import type { Actor, ActorEvent, Stage, Topic } from "./stage.ts";

/** Ends a check: the hub did not do what it should. */
export class HubFault extends Error {}

export const must = (isRight: boolean, otherwise: string): void => {
  if (!isRight) throw new HubFault(otherwise);
};

export type Terms = { mode?: string; secret?: string; lease?: string };
type Check = Extract<ActorEvent, { type: "check" }>;
type Delivery = Extract<ActorEvent, { type: "delivery" }>;

const isCheck = (event: ActorEvent): event is Check => event.type === "check";
const isDelivery = (event: ActorEvent): event is Delivery => event.type === "delivery";

export const formFor = (actor: Actor, topic: Topic, { mode = "subscribe", secret, lease }: Terms = {}) => ({
  "hub.mode": mode,
  "hub.topic": topic.url,
  "hub.callback": actor.callback,
  ...(secret === undefined ? {} : { "hub.secret": secret }),
  ...(lease === undefined ? {} : { "hub.lease_seconds": lease }),
});

export type Scene = Stage & {
  hub: HubUnderTest;
  post(body: string | readonly (readonly [string, string])[], contentType?: string): Promise<MaybeAnswer>;
  /** Sends a request, which must be answered with 202. */
  request(actor: Actor, topic: Topic, terms?: Terms): Promise<void>;
  /** The request, the check that follows, and the time that the hub needs to act on it. */
  subscribe(actor: Actor, topic: Topic, terms?: Terms): Promise<Check>;
  ping(...topics: Topic[]): Promise<MaybeAnswer>;
  /** The first delivery from the mark on. */
  delivered(actor: Actor, from: number): Promise<Delivery>;
  /** New content, its ping, and the delivery at the actor. */
  update(topic: Topic, actor: Actor): Promise<Delivery>;
  /** New content and its ping. */
  change(topic: Topic): Promise<void>;
  /** Waits until the hub is done, as far as that can be known. */
  calm(): Promise<void>;
  deliveries(actor: Actor): Delivery[];
};

export const makeScene = (stage: Stage, hub: HubUnderTest): Scene => {
  const post: Scene["post"] = (body, contentType = "application/x-www-form-urlencoded") => {
    const text =
      typeof body === "string"
        ? body
        : new URLSearchParams(body.map(([name, value]): [string, string] => [name, value])).toString();
    return ask({
      method: "POST",
      url: hub.url,
      headers: { "content-type": contentType },
      body: Buffer.from(text),
    });
  };
  const request: Scene["request"] = async (actor, topic, terms) => {
    const answer = await post(Object.entries(formFor(actor, topic, terms)));
    must(answer?.status === 202, `a right request was answered ${answer?.status ?? "not at all"}`);
  };
  const subscribe: Scene["subscribe"] = async (actor, topic, terms) => {
    const from = actor.trail.mark();
    await request(actor, topic, terms);
    const check = await actor.trail.next(isCheck, from, patience(hub));
    if (check === null) throw new HubFault("the callback was not asked");
    await calm();
    return check;
  };
  const ping: Scene["ping"] = (...topics) =>
    post([["hub.mode", "publish"], ...topics.map(({ url }) => ["hub.url", url] as const)]);
  const change: Scene["change"] = async (topic) => {
    topic.body = Buffer.from(`new ${randomToken()}`);
    await ping(topic);
  };
  const update: Scene["update"] = async (topic, actor) => {
    const from = actor.trail.mark();
    await change(topic);
    const isNew = (event: ActorEvent): event is Delivery =>
      isDelivery(event) && event.request.body.equals(topic.body);
    const delivery = await actor.trail.next(isNew, from, patience(hub));
    if (delivery === null) throw new HubFault("an update was not delivered");
    return delivery;
  };
  const delivered: Scene["delivered"] = async (actor, from) => {
    const delivery = await actor.trail.next(isDelivery, from, patience(hub));
    if (delivery === null) throw new HubFault("an update was not delivered");
    return delivery;
  };
  const calm = () => quiet(hub);
  const deliveries: Scene["deliveries"] = ({ trail }) => trail.events.filter(isDelivery);
  return { ...stage, hub, post, request, subscribe, ping, delivered, update, change, calm, deliveries };
};

/** Content that nobody agreed to may not arrive. */
export const mustStaySilent = async (scene: Scene, topic: Topic, actor: Actor): Promise<void> => {
  await scene.change(topic);
  await scene.calm();
  must(scene.deliveries(actor).length === 0, "content came without the subscriber's agreement");
};

export const isSignedWith = (secret: string, { request: { headers, body } }: Delivery): boolean => {
  const signature = String(headers["x-hub-signature"]);
  const [method = ""] = signature.split("=");
  return ["sha1", "sha256", "sha384", "sha512"].includes(method) && signature === sign(method, secret, body);
};
