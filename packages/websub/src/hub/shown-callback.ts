// What of a callback may be shown: whoever knows a callback whole can push to it, or end its subscription. Pure.

const HIDDEN = "…";
/** Our own callbacks, at whatever address this or another instance has: the last part is the token. */
const OWN = /^(.*\/callbacks\/[^/]+\/[^/]+\/)[^/]+$/;

/**
 * A callback without what opens it: the token of our own subscriptions' callbacks, and the values of queries. Names of
 * parameters and the path stay, so that people see whose it is.
 */
export function shownCallback(callback: string): string {
  const [target = ""] = callback.split("#", 1);
  const at = target.indexOf("?");
  const place = at === -1 ? target : target.slice(0, at);
  const query = at === -1 ? [] : target.slice(at + 1).split("&");
  const shown = place.replace(/^(https?:\/\/)[^/?]*@/i, `$1${HIDDEN}@`).replace(OWN, `$1${HIDDEN}`);
  if (query.length === 0) return shown;
  return `${shown}?${query.map(withoutValue).join("&")}`;
}

/** A parameter without a name may be the token itself. */
function withoutValue(parameter: string): string {
  const at = parameter.indexOf("=");
  if (at === -1) return parameter === "" ? "" : HIDDEN;
  return `${parameter.slice(0, at)}=${at === parameter.length - 1 ? "" : HIDDEN}`;
}
