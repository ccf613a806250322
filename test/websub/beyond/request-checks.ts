// What the suite leaves out about requests, intent checks and leases: each a check that any hub can be led through.
import { formFor, isSignedWith, must, mustStaySilent, type Scene, type Terms } from "./scene.ts";
import { type Actor, moved } from "./stage.ts";

/** Rejects with a `HubFault` that says what is wrong. */
export type HubCheck = (scene: Scene) => Promise<void>;

const SECRET_BYTES_LIMIT = 200;
const TEN_YEARS_S = 10 * 366 * 86_400;
const PROMPT_MS = 3000;
const SOON_MS = 10_000;

/** Subscribes one actor whose answer to the intent check is not what it should be. */
const disagree = async (scene: Scene, check: Actor["check"]): Promise<void> => {
  const [actor, topic] = [scene.actor(), scene.topic(scene.hub.url)];
  actor.check = check;
  await scene.subscribe(actor, topic);
  await mustStaySilent(scene, topic, actor);
};

const badForms = (scene: Scene): [string, [string, string][]][] => {
  const form = (terms: Terms = {}) =>
    new Map<string, string>(Object.entries(formFor(scene.actor(), scene.topic(scene.hub.url), terms)));
  const without = (name: string) => [...form()].filter(([field]) => field !== name);
  const having = (name: string, value: string) => [...form().set(name, value)];
  return [
    ["no mode", without("hub.mode")],
    ["an unknown mode", having("hub.mode", "follow")],
    ["no topic", without("hub.topic")],
    ["an empty topic", having("hub.topic", "")],
    ["a topic that is no URL", having("hub.topic", "news")],
    ["a topic by another protocol", having("hub.topic", "ftp://localhost/news")],
    ["no callback", without("hub.callback")],
    ["a callback that is no URL", having("hub.callback", "/callback")],
    ["a callback by another protocol", having("hub.callback", "mailto:a@localhost")],
    ["a secret of 200 bytes", having("hub.secret", "x".repeat(SECRET_BYTES_LIMIT))],
    ["a secret of 200 bytes in 100 characters", having("hub.secret", "ü".repeat(SECRET_BYTES_LIMIT / 2))],
  ];
};

export const REQUEST_CHECKS = {
  "bad requests are refused with a reason": async (scene) => {
    for (const [what, form] of badForms(scene)) {
      const answer = await scene.post(form);
      const status = answer?.status ?? 0;
      must(status >= 400 && status < 500, `${what} was answered ${status}`);
      must((answer?.body.length ?? 0) > 0, `${what} was refused without a word`);
    }
    const json = await scene.post(JSON.stringify({ "hub.mode": "subscribe" }), "application/json");
    must(json !== null && json.status >= 400 && json.status < 500, "JSON was taken for a form");
  },
  "a secret of 199 bytes is taken, and used to the last": async (scene) => {
    for (const secret of ["x".repeat(SECRET_BYTES_LIMIT - 1), `${"ü".repeat(99)}x`]) {
      const [actor, topic] = [scene.actor(), scene.topic(scene.hub.url)];
      await scene.subscribe(actor, topic, { secret });
      must(isSignedWith(secret, await scene.update(topic, actor)), "the signature is another's");
    }
  },
  "the answer does not wait for the callback": async (scene) => {
    const actor = scene.actor();
    actor.check = () => "hang";
    const nowhere = { ...scene.actor(), callback: "http://127.0.0.1:9/callback" };
    for (const one of [actor, nowhere]) {
      const startedAt = performance.now();
      await scene.request(one, scene.topic(scene.hub.url));
      must(performance.now() - startedAt < PROMPT_MS, "the answer waited for the callback");
    }
  },
  "the subscriber is asked soon": async (scene) => {
    const startedAt = performance.now();
    await scene.subscribe(scene.actor(), scene.topic(scene.hub.url));
    must(performance.now() - startedAt < SOON_MS, "the check took its time");
  },
  "each challenge is new and long": async (scene) => {
    const [actor, topic] = [scene.actor(), scene.topic(scene.hub.url)];
    const challenges = new Set<string>();
    for (let round = 0; round < 3; round += 1) {
      const { query } = await scene.subscribe(actor, topic);
      challenges.add(query.get("hub.challenge") ?? "");
    }
    must(challenges.size === 3, "a challenge came twice");
    must(
      [...challenges].every((challenge) => challenge.length >= 16),
      "a challenge is short",
    );
  },
  "leases are granted within bounds": async (scene) => {
    for (const terms of [{}, { lease: "3600" }, { lease: String(TEN_YEARS_S) }, { lease: "9".repeat(40) }]) {
      const { query } = await scene.subscribe(scene.actor(), scene.topic(scene.hub.url), terms);
      const lease = query.get("hub.lease_seconds") ?? "";
      must(/^[1-9]\d*$/.test(lease) && Number(lease) < TEN_YEARS_S, `the lease is ${lease}`);
    }
  },
  "only 2xx agrees": async (scene) => {
    for (const status of [404, 500]) await disagree(scene, (body) => ({ status, body }));
  },
  "only the challenge itself agrees": async (scene) => {
    await disagree(scene, (challenge) => ({ body: `${challenge}\n` }));
    await disagree(scene, () => ({ body: "" }));
    await disagree(scene, (challenge) => ({ body: challenge.slice(0, -1) }));
  },
  "an intent check is not redirected": async (scene) => {
    for (const status of [302, 307]) {
      await disagree(scene, (challenge) => moved(status, scene.elsewhere(challenge)));
      must(scene.strayed() === 0, `a ${status} was followed`);
    }
  },
  "a renewal that is refused changes nothing": async (scene) => {
    const [actor, topic] = [scene.actor(), scene.topic(scene.hub.url)];
    await scene.subscribe(actor, topic, { secret: "the first" });
    actor.check = () => 404;
    await scene.subscribe(actor, topic, { secret: "the second" });
    must(isSignedWith("the first", await scene.update(topic, actor)), "the refused secret is in force");
  },
  "a renewal brings its own secret, or none": async (scene) => {
    const [actor, topic] = [scene.actor(), scene.topic(scene.hub.url)];
    await scene.subscribe(actor, topic, { secret: "the first" });
    await scene.subscribe(actor, topic, { secret: "the second" });
    must(isSignedWith("the second", await scene.update(topic, actor)), "the new secret is not in force");
    await scene.subscribe(actor, topic);
    const { request } = await scene.update(topic, actor);
    must(request.headers["x-hub-signature"] === undefined, "it is signed without a secret");
  },
  "the subscriber is asked before it loses its subscription": async (scene) => {
    const [actor, topic] = [scene.actor(), scene.topic(scene.hub.url)];
    await scene.subscribe(actor, topic);
    actor.check = () => 404;
    const { query } = await scene.subscribe(actor, topic, { mode: "unsubscribe" });
    must(query.get("hub.mode") === "unsubscribe", "it was asked for another mode");
    await scene.update(topic, actor);
  },
  "a pair that is unknown is no harm to unsubscribe": async (scene) => {
    const form = formFor(scene.actor(), scene.topic(scene.hub.url), { mode: "unsubscribe" });
    const answer = await scene.post(Object.entries(form));
    must(answer !== null && answer.status < 500, `it was answered ${answer?.status}`);
  },
  "many requests for a pair at once are one subscription": async (scene) => {
    const [actor, topic] = [scene.actor(), scene.topic(scene.hub.url)];
    const requests = Array.from({ length: 5 }, () => scene.request(actor, topic, { secret: "one" }));
    await Promise.all(requests);
    await scene.calm();
    must(isSignedWith("one", await scene.update(topic, actor)), "the signature is another's");
    await scene.calm();
    must(scene.deliveries(actor).length === 1, `it was delivered ${scene.deliveries(actor).length} times`);
  },
  "the callback's own query stays": async (scene) => {
    for (const query of ["?a=1&a=%2F&hub.mode=mine&empty=&b", "?x=%C3%BC+y&"]) {
      const [actor, topic] = [scene.actor(query), scene.topic(scene.hub.url)];
      const { url, query: asked } = await scene.subscribe(actor, topic);
      const path = actor.callback.slice(new URL(actor.callback).origin.length);
      must(url.startsWith(path), `${path} became ${url}`);
      must(asked.getAll("hub.mode").at(-1) === "subscribe", "the mode was not added");
      const { url: deliveredTo } = await scene.update(topic, actor);
      must(deliveredTo === path, `${path} became ${deliveredTo}`);
    }
  },
} satisfies { [name: string]: HubCheck };
