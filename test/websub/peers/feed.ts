// A feed on loopback for the peers, and waiting for what they tell.
import { startReceiver } from "@hookclock/testkit";
import { asAtom, newPost, type Post } from "../rocks/posts.ts";
import { afterMs, type Trail } from "../rocks/trail.ts";

const WAIT_MS = 60_000;

/** The next event of a type on a peer's trail. Rejects, with all there is, when it does not come. */
export const expectNext = async <Event extends { type: string }, Type extends Event["type"]>(
  trail: Trail<Event>,
  type: Type,
  from = 0,
): Promise<Extract<Event, { type: Type }>> => {
  const isKind = (event: Event): event is Extract<Event, { type: Type }> => event.type === type;
  const event = await trail.next(isKind, from, afterMs(WAIT_MS));
  if (event === null) throw new Error(`no ${type} among ${JSON.stringify(trail.events)}`);
  return event;
};

const AHEAD_MS = 60_000;

/** An Atom feed that names a hub and grows by one post at a time. */
export const startFeed = async (hub: string) => {
  // Prosody takes an entry for new only if its date is later than the last time it looked.
  const dated = (): Post => newPost(new Date(Date.now() + AHEAD_MS).toISOString());
  let posts: Post[] = [dated()];
  const receiver = await startReceiver(() => ({
    headers: { "content-type": "application/atom+xml" },
    body: asAtom(posts, { hub, self: `${receiver.url}/feed` }),
  }));
  return {
    url: `${receiver.url}/feed`,
    /** Ids of the entries, the newest first. */
    ids: () => posts.map(({ id }) => `urn:post:${id}`),
    addPost: () => {
      posts = [dated(), ...posts];
    },
    [Symbol.asyncDispose]: receiver.close,
  };
};
