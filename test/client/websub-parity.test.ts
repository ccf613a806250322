import { type Receiver, startReceiver } from "@hookclock/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { outcomeOf } from "./support.ts";
import { SCENARIOS } from "./websub-scenarios.ts";
import { openWebSubWorlds, type WebSubWorlds, type World } from "./websub-support.ts";

// The same questions to WebSub itself and to the API's client: every answer and every refusal is the same.
let worlds: WebSubWorlds;
let receiver: Receiver;

beforeAll(async () => {
  receiver = await startReceiver(({ url }) => ({ status: url === "/down" ? 500 : 200 }));
  worlds = await openWebSubWorlds();
});
afterAll(async () => {
  await worlds[Symbol.asyncDispose]();
  await receiver.close();
});

for (const [group, steps] of Object.entries(SCENARIOS)) {
  describe(group.toLowerCase(), () => {
    test.each(steps)("%s", async (_name, ask, thenMs = 0) => {
      const [library, remote] = worlds.both;
      const roomOf = ({ hooks, notes }: World) => ({ receiver: receiver.url, hooks, notes });
      const expected = await outcomeOf(() => ask(library.webSub, roomOf(library)));
      const got = await outcomeOf(() => ask(remote.webSub, roomOf(remote)));
      expect(got).toEqual(expected);
      worlds.clock.move(thenMs);
    });
  });
}
