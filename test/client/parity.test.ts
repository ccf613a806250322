import { type Receiver, startReceiver } from "@hookclock/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Room, SCENARIOS } from "./scenarios.ts";
import { openWorlds, outcomeOf, type Worlds } from "./support.ts";

// The same questions to the library and to the API's client: every answer and every refusal is the same, field by field.
let worlds: Worlds;
let receiver: Receiver;
let room: Room;

beforeAll(async () => {
  receiver = await startReceiver(({ url }) => ({
    status: url === "/gone" ? 410 : url === "/down" ? 500 : 200,
    headers: { "content-type": "text/plain" },
    body: `answer of ${url}`,
  }));
  worlds = await openWorlds();
  room = { receiver: receiver.url };
});
afterAll(async () => {
  await worlds[Symbol.asyncDispose]();
  await receiver.close();
});

for (const [group, steps] of Object.entries(SCENARIOS)) {
  describe(group.toLowerCase(), () => {
    test.each(steps)("%s", async (_name, ask, thenMs = 0) => {
      const [library, remote] = worlds.both;
      const expected = await outcomeOf(() => ask(library, room));
      expect(await outcomeOf(() => ask(remote, room))).toEqual(expected);
      worlds.clock.move(thenMs);
    });
  });
}
