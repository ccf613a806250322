import { type LocalDatabase, startDynalite } from "@hookclock/testkit";
import { describeLeaseStore, describeLogStore, describeTaskStore } from "@hookclock/testkit/contract";
import { afterAll, beforeAll } from "vitest";
import { openStores } from "./open-stores.ts";

let database: LocalDatabase;
beforeAll(async () => {
  database = await startDynalite();
});
afterAll(() => database.stop());

const open = () => openStores(database.endpoint);
describeTaskStore("dynalite", open);
describeLogStore("dynalite", open);
describeLeaseStore("dynalite", open);
