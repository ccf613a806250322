import type ipaddr from "ipaddr.js";
import { HookclockError } from "../errors.ts";
import { type Address, isPublic, parseAddress } from "./address.ts";

type AddressRule = { address: Address; bits: number; port: number | undefined };
type NameRule = { name: string; below: boolean; port: number | undefined };

/** Which places that are not public may be talked to all the same. Public ones always may. */
export type EgressPolicy = {
  readonly addresses: readonly AddressRule[];
  readonly names: readonly NameRule[];
};

const ALLOWED_FORMS =
  "an address (127.0.0.1), a block (10.0.0.0/8), a host name (api.internal) or *.suffix, each with an optional :port ([::1]:8080 for IPv6)";
const LABEL = /^(?!-)[a-z0-9_-]{1,63}(?<!-)$/;

const refuse = (entry: unknown): HookclockError =>
  new HookclockError("invalid-input", `egress.allow: ${JSON.stringify(entry)} is not ${ALLOWED_FORMS}`, {
    field: "egress.allow",
    allowed: ALLOWED_FORMS,
  });

/** Lower case and without the root's dot: the form in which names are compared. */
export const normalName = (host: string): string => host.toLowerCase().replace(/\.$/, "");

const splitPort = (entry: string): { place: string; port: number | undefined } => {
  const bracketed = /^\[([^\]]*)\](?::(\d{1,5}))?$/.exec(entry);
  const colons = entry.split(":").length - 1;
  const plain = colons === 1 ? /^([^:]*):(\d{1,5})$/.exec(entry) : null;
  if (colons === 1 && plain === null && bracketed === null) throw refuse(entry);
  const found = bracketed ?? plain;
  const place = found?.[1] ?? entry;
  if (bracketed !== null && !place.includes(":")) throw refuse(entry);
  const port = found?.[2] === undefined ? undefined : Number(found[2]);
  if (port !== undefined && (port < 1 || port > 65_535)) throw refuse(entry);
  return { place, port };
};

const parseBlock = (place: string): { address: Address; bits: number } | null => {
  const [base = "", bitsText, ...more] = place.split("/");
  // A zone names an interface of one machine; a rule with one would silently open the address on all of them.
  const address = base.includes("%") ? null : parseAddress(base);
  if (address === null) return null;
  const mapped = base.includes(":") && address.kind() === "ipv4";
  const bitsMax = address.kind() === "ipv4" ? 32 : 128;
  if (bitsText === undefined) return { address, bits: bitsMax };
  const bits = Number(bitsText) - (mapped ? 96 : 0);
  return /^\d{1,3}$/.test(bitsText) && more.length === 0 && bits >= 0 && bits <= bitsMax
    ? { address, bits }
    : null;
};

const parseName = (place: string): { name: string; below: boolean } | null => {
  const below = place.startsWith("*.");
  const name = normalName(below ? place.slice(2) : place);
  const labels = name.split(".");
  const last = labels.at(-1) ?? "";
  // A last label that is a number makes the whole an IPv4 address in some spelling, never a name.
  const isName =
    name.length <= 253 && labels.every((label) => LABEL.test(label)) && !/^(\d+|0x[0-9a-f]*)$/.test(last);
  return isName ? { name, below } : null;
};

/**
 * Reads the allow list: what may be talked to beyond public addresses.
 *
 * @throws HookclockError `invalid-input` naming the entry that is neither an address, a block nor a name.
 */
export const parseEgressPolicy = (options: { allow: readonly string[] }): EgressPolicy => {
  const addresses: AddressRule[] = [];
  const names: NameRule[] = [];
  for (const entry of options.allow) {
    if (typeof entry !== "string") throw refuse(entry);
    const { place, port } = splitPort(entry.trim());
    const block = parseBlock(place);
    const name = block === null ? parseName(place) : null;
    if (block !== null) addresses.push({ ...block, port });
    else if (name !== null) names.push({ ...name, port });
    else throw refuse(entry);
  }
  return { addresses, names };
};

const portFits = (rule: { port: number | undefined }, port: number): boolean =>
  rule.port === undefined || rule.port === port;

/** Whether an entry of the allow list opens this host name on this port, whatever it resolves to. */
export const nameAllowed = (policy: EgressPolicy, host: string, port: number): boolean => {
  if (policy.names.length === 0) return false;
  const name = normalName(host);
  return policy.names.some(
    (rule) => portFits(rule, port) && (rule.below ? name.endsWith(`.${rule.name}`) : name === rule.name),
  );
};

const inBlock = (address: Address, rule: AddressRule): boolean =>
  address.kind() === rule.address.kind() &&
  (address.kind() === "ipv4"
    ? (address as ipaddr.IPv4).match(rule.address as ipaddr.IPv4, rule.bits)
    : (address as ipaddr.IPv6).match(rule.address as ipaddr.IPv6, rule.bits));

/** Whether some entry speaks of addresses on this port at all: only then can a private name lead somewhere. */
export const opensSomeAddress = (policy: EgressPolicy, port: number): boolean =>
  policy.addresses.some((rule) => portFits(rule, port));

/** Whether some entry names exactly this port. */
export const portNamed = (policy: EgressPolicy, port: number): boolean =>
  [...policy.addresses, ...policy.names].some((rule) => rule.port === port);

/**
 * The one question asked before bytes flow: may we talk to `ip` (which `host` resolved to) on `port`?
 * Yes when the address is public, when an address entry covers it, or when an entry opens the host name.
 */
export const addressAllowed = (policy: EgressPolicy, ip: string, host: string, port: number): boolean => {
  const address = parseAddress(ip);
  if (address === null) return false;
  if (isPublic(address) || nameAllowed(policy, host, port)) return true;
  return policy.addresses.some((rule) => portFits(rule, port) && inBlock(address, rule));
};
