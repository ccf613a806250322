import type { WebSub } from "hookclock";

/** What of WebSub works the same on a database and over the API: all but the doors that other machines knock at. */
export type WebSubLike = {
  subscriptions: Pick<WebSub["subscriptions"], "add" | "get" | "list" | "renew" | "remove">;
  consumers: Pick<
    WebSub["consumers"],
    | "put"
    | "get"
    | "list"
    | "delete"
    | "enable"
    | "disable"
    | "rotateSecret"
    | "link"
    | "unlink"
    | "listHandlers"
    | "tell"
    | "replay"
    | "getReplay"
    | "stats"
  >;
  events: Pick<WebSub["events"], "publish">;
  hub: Pick<WebSub["hub"], "publishContent" | "list" | "deny">;
} & Pick<WebSub, "ready" | "close">;

type Fits<Implementation extends WebSubLike> = Implementation;
/** The compiler's word that the library is one of them; `RemoteWebSub` says so itself. */
export type LibraryWebSub = Fits<WebSub>;
