import { createMemoryStores } from "@hookclock/testkit";
import { describeLeaseStore, describeLogStore, describeTaskStore } from "@hookclock/testkit/contract";

const open = async () => {
  const stores = createMemoryStores();
  return { ...stores, corrupt: async (key: { namespace: string; id: string }) => stores.corrupt(key) };
};
describeTaskStore("memory", open);
describeLogStore("memory", open);
describeLeaseStore("memory", open);
