// API Gateway's HTTP APIs hand over a path that they have decoded, whatever its name `rawPath` says. The API decodes paths
// itself, part by part, so the escapes are put back first. An escaped "/" looks like a separator by then: which
// one it was is told from the routes of the API.

/** Where a namespace ends: the words that follow it in a route. */
const AFTER_NAMESPACE = [
  "tasks|bulk|logs|stats|due|trigger",
  "subscriptions|consumers|handlers|replays|delivery-stats|topics|events|hub",
].join("|");
const IN_NAMESPACE = new RegExp(`^/v1/namespaces/(.+?)/((?:${AFTER_NAMESPACE})(?:/.*)?)$`, "s");
/** What has ids of any characters, and may have an action behind them. A topic's id is a URL and never has one. */
const WITH_ID = /^(tasks|subscriptions|topics|handlers|replays)\/(.+)$/s;
const WITH_ACTION = /^(tasks|subscriptions)\/(.+)\/([^/]+)$/s;
/** Doors of WebSub: behind the word stands a namespace and nothing else. */
const DOOR = /^\/(hub|subscriptions)\/(.+)$/s;
/** Tokens have no "/", and namespaces with one are rarer than ids with one. */
const CALLBACK = /^\/callbacks\/([^/]+)\/(.+)\/([^/]+)$/s;

/** The path as it has to be decoded once more; `path` is what the gateway decoded. */
export function restoredPath(method: string, path: string): string {
  const inNamespace = IN_NAMESPACE.exec(path);
  if (inNamespace === null) return restoredDoor(path);
  const [, namespace = "", rest = ""] = inNamespace;
  return `/v1/namespaces/${escaped(namespace)}/${restoredRest(method, rest)}`;
}

function restoredDoor(path: string): string {
  const [, word = "", namespace = ""] = DOOR.exec(path) ?? [];
  if (word !== "") return `/${word}/${escaped(namespace)}`;
  const callback = CALLBACK.exec(path);
  if (callback !== null) return `/callbacks/${callback.slice(1).map(escaped).join("/")}`;
  return path.split("/").map(escaped).join("/");
}

/** Only a POST has something behind such an id, and it always has, but for `tasks/batch` and topics. */
function restoredRest(method: string, rest: string): string {
  const found = (method === "POST" ? WITH_ACTION.exec(rest) : null) ?? WITH_ID.exec(rest);
  if (found !== null) return found.slice(1).map(escaped).join("/");
  return rest.split("/").map(escaped).join("/");
}

/** Half of a surrogate pair cannot be escaped; it cannot have been in a URL either. */
const escaped = (part: string): string => encodeURIComponent(part.toWellFormed());
