// What the suite leaves out about pings and deliveries: each a check that any hub can be led through.
import { targetsOf } from "../rocks/link-header.ts";
import type { HubCheck } from "./request-checks.ts";
import { isSignedWith, must } from "./scene.ts";
import { moved } from "./stage.ts";

export const DELIVERY_CHECKS = {
  "the Link header names hub and topic in one line": async (scene) => {
    const [actor, topic] = [scene.actor(), scene.topic(scene.hub.url)];
    await scene.subscribe(actor, topic);
    const { request } = await scene.update(topic, actor);
    const lines = request.rawHeaders.filter((name, at) => at % 2 === 0 && name.toLowerCase() === "link");
    must(lines.length === 1, `there are ${lines.length}`);
    const link = [String(request.headers["link"])];
    must(targetsOf(link, "self").join() === topic.url, `self is ${targetsOf(link, "self").join()}`);
    must(targetsOf(link, "hub").join() === scene.hub.url, `hub is ${targetsOf(link, "hub").join()}`);
  },
  "bytes and types pass as they are": async (scene) => {
    const [actor, topic] = [scene.actor(), scene.topic(scene.hub.url)];
    topic.type = 'application/x-thing; v="a, b";charset=ISO-8859-1';
    await scene.subscribe(actor, topic);
    topic.body = Buffer.from([0, 13, 10, 10, 255, 254, 0xe2, 0x82, 10]);
    const from = actor.trail.mark();
    await scene.ping(topic);
    const delivery = await scene.delivered(actor, from);
    must(delivery.request.body.equals(topic.body), "bytes were changed");
    must(delivery.request.headers["content-type"] === topic.type, "the type was changed");
  },
  "the topic's address is not written anew": async (scene) => {
    for (const address of ["/t%C3%A4/%7Ex?y=a+b&z=%2F&&", "/A/../b?c=d;e", "/UPPER%2fcase?"]) {
      const [actor, topic] = [scene.actor(), scene.topic(scene.hub.url, address)];
      const { query } = await scene.subscribe(actor, topic);
      must(query.get("hub.topic") === topic.url, `${topic.url} became ${query.get("hub.topic")}`);
    }
  },
  "pings name topics by url or topic, one or many": async (scene) => {
    const pairs = [1, 2, 3].map(() => ({ actor: scene.actor(), topic: scene.topic(scene.hub.url) }));
    for (const { actor, topic } of pairs) await scene.subscribe(actor, topic);
    const [first, second, third] = pairs.map(({ topic }) => topic.url);
    const answer = await scene.post([
      ["hub.mode", "publish"],
      ["hub.url", first ?? ""],
      ["hub.url", second ?? ""],
      ["hub.topic", third ?? ""],
    ]);
    must(answer?.status === 204, `the ping was answered ${answer?.status}`);
    for (const { actor } of pairs) await scene.delivered(actor, 0);
  },
  "topics without subscribers are not fetched": async (scene) => {
    const topic = scene.topic(scene.hub.url);
    const answer = await scene.ping(topic);
    must(answer?.status === 204, `the ping was answered ${answer?.status}`);
    await scene.calm();
    must(topic.fetched === 0, "it was fetched");
  },
  "a delivery is not redirected, and is none": async (scene) => {
    for (const status of [302, 307]) {
      const [actor, topic] = [scene.actor(), scene.topic(scene.hub.url)];
      await scene.subscribe(actor, topic);
      actor.delivery = () => moved(status, scene.elsewhere(""));
      await scene.update(topic, actor);
      await scene.calm();
      must(scene.strayed() === 0, `a ${status} was followed`);
      actor.delivery = () => 200;
      await scene.update(topic, actor);
    }
  },
  "a failed delivery does not end the subscription": async (scene) => {
    const [actor, topic] = [scene.actor(), scene.topic(scene.hub.url)];
    await scene.subscribe(actor, topic);
    for (const status of [500, 404, 403]) {
      actor.delivery = () => status;
      await scene.update(topic, actor);
    }
    actor.delivery = () => 204;
    await scene.update(topic, actor);
  },
  "410 ends the subscription": async (scene) => {
    const [actor, topic] = [scene.actor(), scene.topic(scene.hub.url)];
    await scene.subscribe(actor, topic);
    actor.delivery = () => 410;
    await scene.update(topic, actor);
    await scene.calm();
    const before = scene.deliveries(actor).length;
    await scene.change(topic);
    await scene.calm();
    must(scene.deliveries(actor).length === before, "it went on");
  },
  "each subscriber has its own secret, and a slow one holds up no other": async (scene) => {
    const topic = scene.topic(scene.hub.url);
    const slow = scene.actor();
    await scene.subscribe(slow, topic);
    slow.delivery = () => "hang";
    const others = ["one", "two", "three"].map((secret) => ({ secret, actor: scene.actor() }));
    for (const { secret, actor } of others) await scene.subscribe(actor, topic, { secret });
    const marks = others.map(({ actor }) => actor.trail.mark());
    await scene.change(topic);
    for (const [at, { secret, actor }] of others.entries()) {
      must(isSignedWith(secret, await scene.delivered(actor, marks[at] ?? 0)), "a signature is another's");
    }
  },
} satisfies { [name: string]: HubCheck };
