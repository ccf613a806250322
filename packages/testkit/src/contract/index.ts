export { describeDocumentStore } from "./document-store.ts";
export { aDocument, freshPartition, type OpenDocuments, stored } from "./documents.ts";
export { describeLeaseStore } from "./lease-store.ts";
export { describeLogStore } from "./log-store.ts";
export {
  aLog,
  aTask,
  finished,
  freshPlace,
  type OpenStores,
  readAll,
  type StoresUnderTest,
  T0,
} from "./rows.ts";
export { describeTaskStore } from "./task-store.ts";
