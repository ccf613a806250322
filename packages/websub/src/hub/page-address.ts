// Which topics have a page of ours: those at `<base URL>/topics/<namespace>/...`. Pure.
// A path is known by its decoded parts, since gateways hand paths on with other escapes than they got them with.
import { identityOf } from "./url-identity.ts";

export type PageAddress = {
  namespace: string;
  /** The same for all spellings of one address. */
  key: string;
};

const DOOR = "/topics/";

/** The address of a path and its query as they were asked for, without the base URL; null when it is none. */
export function pageAddressOf(pathAndQuery: string): PageAddress | null {
  const [path = "", ...query] = pathAndQuery.split("?");
  if (!path.startsWith(DOOR) || pathAndQuery.includes("#")) return null;
  const [namespace, ...rest] = path.slice(DOOR.length).split("/").map(decoded);
  if (namespace === undefined || namespace === null || namespace === "") return null;
  if (rest.length === 0 || rest.some((part) => part === null || part === "." || part === "..")) return null;
  if (rest.length === 1 && rest[0] === "") return null;
  return { namespace, key: JSON.stringify([rest, query.join("?")]) };
}

/** The page of a topic in its namespace; null for topics that are elsewhere, or below the address of another namespace. */
export function pageOfTopic(baseUrl: string, namespace: string, topic: string): PageAddress | null {
  const base = identityOf(`${baseUrl}${DOOR}`).slice(0, -DOOR.length);
  const url = identityOf(topic);
  if (!url.startsWith(`${base}${DOOR}`)) return null;
  const address = pageAddressOf(url.slice(base.length));
  return address?.namespace === namespace ? address : null;
}

/** Null for what cannot be told from its neighbours once a gateway has decoded it, and for broken escapes. */
function decoded(part: string): string | null {
  try {
    const text = decodeURIComponent(part);
    return text.includes("/") ? null : text;
  } catch {
    return null;
  }
}
