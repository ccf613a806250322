import { type LocalDatabase, startDynalite } from "@hookclock/testkit";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { DELIVERY_CHECKS } from "./beyond/delivery-checks.ts";
import { REQUEST_CHECKS } from "./beyond/request-checks.ts";
import { makeScene } from "./beyond/scene.ts";
import { startStage } from "./beyond/stage.ts";
import { type Product, startProduct } from "./support.ts";

// Our hub, led over HTTP through what the suite leaves out.

// A whole installation with its database in one process: on a busy machine each step takes its time.
vi.setConfig({ testTimeout: 120_000 });

let database: LocalDatabase;
let product: Product;
beforeAll(async () => {
  database = await startDynalite();
  product = await startProduct(database);
});
afterAll(async () => {
  await product[Symbol.asyncDispose]();
  await database.stop();
});

const CHECKS = { ...REQUEST_CHECKS, ...DELIVERY_CHECKS };
type Name = keyof typeof CHECKS;
const checked = new Set<Name>();

/** The check, in a namespace of its own: what one leaves behind is no matter to the others. */
const passes = (name: Name) => {
  checked.add(name);
  const namespace = `beyond-${checked.size}`;
  return async (): Promise<void> => {
    await using stage = await startStage();
    const hub = {
      url: product.hubUrl(namespace),
      settled: () => product.settled(namespace),
      timeoutMs: 60_000,
    };
    await expect(CHECKS[name](makeScene(stage, hub))).resolves.toBeUndefined();
  };
};

test.concurrent(
  "H-R4, H-R8: bad requests are refused, and told why",
  passes("bad requests are refused with a reason"),
);
test.concurrent(
  "H-R8, H-S1: a secret may have 199 bytes",
  passes("a secret of 199 bytes is taken, and used to the last"),
);
test.concurrent(
  "H-R2, H-R3: 202 does not wait for the callback",
  passes("the answer does not wait for the callback"),
);
test.concurrent("H-R11: the intent check comes soon", passes("the subscriber is asked soon"));
test.concurrent("H-V5: challenges are new each time, and long", passes("each challenge is new and long"));
test.concurrent("H-R7, H-V2, H-L2: leases are bounded", passes("leases are granted within bounds"));
test.concurrent("H-V4: an answer other than 2xx is no agreement", passes("only 2xx agrees"));
test.concurrent(
  "H-V4: another body than the challenge is no agreement",
  passes("only the challenge itself agrees"),
);
test.concurrent("H-V4: intent checks follow no redirects", passes("an intent check is not redirected"));
test.concurrent(
  "T-3, H-V6: a refused renewal leaves all as it was",
  passes("a renewal that is refused changes nothing"),
);
test.concurrent(
  "T-4, T-5: a renewal brings a new secret, or none",
  passes("a renewal brings its own secret, or none"),
);
test.concurrent(
  "H-V7: nobody is unsubscribed by others",
  passes("the subscriber is asked before it loses its subscription"),
);
test.concurrent(
  "H-R1: an unknown pair may be unsubscribed",
  passes("a pair that is unknown is no harm to unsubscribe"),
);
test.concurrent(
  "T-1: requests for one pair at once end in one subscription",
  passes("many requests for a pair at once are one subscription"),
);
test.concurrent("H-V3, H-C1: the callback keeps its query", passes("the callback's own query stays"));
test.concurrent(
  "H-C4, H-C5: one Link header with hub and topic",
  passes("the Link header names hub and topic in one line"),
);
test.concurrent(
  "H-C2, H-C3: bytes and type as they were published",
  passes("bytes and types pass as they are"),
);
test.concurrent("H-R9, H-V1: a topic keeps its spelling", passes("the topic's address is not written anew"));
test.concurrent(
  "P-6: pings in all their spellings",
  passes("pings name topics by url or topic, one or many"),
);
test.concurrent(
  "H-R12: a ping makes nothing fetched that nobody wants",
  passes("topics without subscribers are not fetched"),
);
test.concurrent("H-C6: deliveries follow no redirects", passes("a delivery is not redirected, and is none"));
test.concurrent(
  "H-C8: a subscription outlives failed deliveries",
  passes("a failed delivery does not end the subscription"),
);
test.concurrent("H-C6: 410 ends a subscription", passes("410 ends the subscription"));
test.concurrent(
  "H-C7, H-S1: many subscribers, each for itself",
  passes("each subscriber has its own secret, and a slow one holds up no other"),
);

test("no check is left out", () => {
  expect([...checked].sort()).toEqual(Object.keys(CHECKS).sort());
});
