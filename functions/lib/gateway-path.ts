// API Gateway's HTTP APIs hand over a path that they have decoded, whatever its name `rawPath` says. The API decodes paths
// itself, part by part, so the escapes are put back first. An escaped "/" looks like a separator by then: which
// one it was is told from the routes of the API.

/** Where a namespace ends: the words that follow it in a route. */
const AFTER_NAMESPACE = "tasks|bulk|logs|stats|due|trigger";
const IN_NAMESPACE = new RegExp(`^/v1/namespaces/(.+?)/((?:${AFTER_NAMESPACE})(?:/.*)?)$`, "s");
const TASK = /^tasks\/(.+)$/s;
const TASK_ACTION = /^tasks\/(.+)\/([^/]+)$/s;

/** The path as it has to be decoded once more; `path` is what the gateway decoded. */
export function restoredPath(method: string, path: string): string {
  const inNamespace = IN_NAMESPACE.exec(path);
  if (inNamespace === null) return path.split("/").map(escaped).join("/");
  const [, namespace = "", rest = ""] = inNamespace;
  return `/v1/namespaces/${escaped(namespace)}/${restoredRest(method, rest)}`;
}

/** Only a POST has something behind the id of a task, and it always has, but for `tasks/batch`. */
function restoredRest(method: string, rest: string): string {
  const action = method === "POST" ? TASK_ACTION.exec(rest) : null;
  if (action !== null) return `tasks/${escaped(action[1] ?? "")}/${escaped(action[2] ?? "")}`;
  const task = TASK.exec(rest);
  if (task !== null) return `tasks/${escaped(task[1] ?? "")}`;
  return rest.split("/").map(escaped).join("/");
}

/** Half of a surrogate pair cannot be escaped; it cannot have been in a URL either. */
const escaped = (part: string): string => encodeURIComponent(part.toWellFormed());
