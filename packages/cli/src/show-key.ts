// Keys of an API as people see them. The token is no part of it.
import type { ApiKey } from "hookclock";
import type { Cell, Column } from "./table.ts";

type State = "good" | "revoked" | "expired";

function stateOf({ revokedDate, expiresDate }: ApiKey, now: number): State {
  if (revokedDate !== null) return "revoked";
  return expiresDate !== null && Date.parse(expiresDate) <= now ? "expired" : "good";
}

const stateCell = (key: ApiKey, now: number): Cell => {
  const state = stateOf(key, now);
  return { text: state, tone: state === "good" ? "good" : "bad" };
};
const where = ({ namespaces }: ApiKey): string => (namespaces[0] === "*" ? "all" : namespaces.join(", "));

export const keyColumns = (now: number): Column<ApiKey>[] => [
  { title: "ID", cell: (key) => ({ text: key.id, tone: "strong" }) },
  { title: "NAME", min: 8, cell: (key) => key.name },
  { title: "MAY", cell: (key) => key.permission },
  { title: "NAMESPACES", min: 8, cell: where },
  { title: "STATE", cell: (key) => stateCell(key, now) },
  { title: "EXPIRES", cell: (key) => key.expiresDate ?? "never" },
];

export const keyFacts = (key: ApiKey, now: number): [string, Cell][] => [
  ["key", { text: `${key.name} (${key.id})`, tone: "strong" }],
  ["may", key.permission],
  ["namespaces", where(key)],
  ["state", stateCell(key, now)],
  ["expires", key.expiresDate ?? "never"],
];
