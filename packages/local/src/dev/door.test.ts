import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import { afterEach, expect, test } from "vitest";
import type { Answered } from "../api/exchanges.ts";
import { type Door, type DoorOptions, makeDoor } from "./door.ts";

const doors: Door[] = [];
afterEach(async () => {
  await Promise.all(doors.splice(0).map((door) => door.stop()));
});

async function open(options: Partial<DoorOptions> = {}): Promise<Door> {
  const room = { now: () => 1_000, newId: () => "r-1" };
  const door = await makeDoor({ apiPort: 0, anyApiPortWill: false, publicUrl: null, ...options }, room);
  doors.push(door);
  return door;
}

test("its address is known before anybody is behind it, and who comes too early is told to come back", async () => {
  const door = await open();
  const early = await fetch(`${door.url}/v1/me`);
  expect([early.status, await early.json()]).toMatchObject([
    503,
    { code: "store-unavailable", requestId: "r-1" },
  ]);
  const heard: Answered[] = [];
  const told = new Promise<void>((resolve) => {
    door.open(
      () => new Response("ok"),
      (answered) => {
        heard.push(answered);
        resolve();
      },
    );
  });
  expect(await (await fetch(door.url)).text()).toBe("ok");
  await told;
  expect(heard).toMatchObject([{ path: "/", status: 200 }]);
});

test("a port that is taken is an error, unless any will do", async () => {
  const other = createServer().listen(0, "127.0.0.1");
  await once(other, "listening");
  const { port } = other.address() as AddressInfo;
  await expect(open({ apiPort: port })).rejects.toMatchObject({ code: "port-taken" });
  const { url } = await open({ apiPort: port, anyApiPortWill: true });
  expect(url).not.toContain(`:${port}`);
  other.close();
});
