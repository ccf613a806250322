// What a request to a hub says (WebSub 5.1). Pure.
import type { Aim, Request, Wish } from "./subscription.ts";

/** The form of a request, ready to be sent. */
export function hubForm(request: Request, aim: Aim, wish: Wish, callback: string): string {
  const form = new URLSearchParams({
    "hub.callback": callback,
    "hub.mode": request.mode,
    "hub.topic": aim.topic,
  });
  if (request.mode === "subscribe") form.set("hub.lease_seconds", String(wish.leaseSeconds));
  if (request.mode === "subscribe" && aim.secret !== undefined) form.set("hub.secret", aim.secret);
  if (request.verifyToken !== undefined) {
    // Of the drafts before the standard, where a hub had to be told when to check, and gave our word back.
    form.append("hub.verify", "async");
    form.append("hub.verify", "sync");
    form.set("hub.verify_token", request.verifyToken);
  }
  return form.toString();
}

export const callbackOf = (baseUrl: string, key: { namespace: string; id: string }, token: string): string =>
  `${baseUrl}/callbacks/${encodeURIComponent(key.namespace)}/${encodeURIComponent(key.id)}/${token}`;
