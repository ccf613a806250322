import ipaddr from "ipaddr.js";

export type Address = ipaddr.IPv4 | ipaddr.IPv6;

const v6Net = (cidr: string) => ipaddr.IPv6.parseCIDR(cidr);

/** Everything the world can route in IPv6 is given out from here; what lies outside is local, embedded or reserved. */
const GLOBAL_UNICAST = v6Net("2000::/3");
/** RFC 6052: the well-known prefix may only stand for public IPv4 addresses, so the inner address is judged. */
const NAT64 = v6Net("64:ff9b::/96");
/**
 * Inside 2000::/3 and yet not public. Written out although ipaddr.js knows most of them: a guard must not get
 * weaker when a library renames a range.
 */
const NOT_PUBLIC_V6 = [
  "2001::/23", // IETF protocol assignments: Teredo, ORCHID and its successor, benchmarking
  "2001:db8::/32", // documentation
  "2002::/16", // 6to4: carries any IPv4 address, private ones too
  "3fff::/20", // documentation
].map(v6Net);
const NOT_PUBLIC_V4 = [
  "0.0.0.0/8",
  "10.0.0.0/8",
  "100.64.0.0/10", // shared by carriers (and cloud internals)
  "127.0.0.0/8",
  "169.254.0.0/16", // link local: cloud metadata
  "172.16.0.0/12",
  "192.0.0.0/24",
  "192.0.2.0/24",
  "192.88.99.0/24",
  "192.168.0.0/16",
  "198.18.0.0/15",
  "198.51.100.0/24",
  "203.0.113.0/24",
  "224.0.0.0/4",
  "240.0.0.0/4",
].map((cidr) => ipaddr.IPv4.parseCIDR(cidr));

/**
 * Reads an address as resolvers and sockets write it: dotted IPv4 of four decimal parts, or IPv6 (a zone id is
 * ignored). IPv4-mapped IPv6 comes back as the IPv4 address, because that is what is talked to. Null when it is neither.
 */
export const parseAddress = (text: string): Address | null => {
  if (ipaddr.IPv4.isValidFourPartDecimal(text)) return ipaddr.IPv4.parse(text);
  if (!text.includes(":") || !ipaddr.IPv6.isValid(text)) return null;
  const address = ipaddr.IPv6.parse(text);
  return address.isIPv4MappedAddress() ? address.toIPv4Address() : address;
};

const lastFourBytes = (address: ipaddr.IPv6): ipaddr.IPv4 => new ipaddr.IPv4(address.toByteArray().slice(12));

const isPublicV4 = (address: ipaddr.IPv4): boolean =>
  address.range() === "unicast" && !NOT_PUBLIC_V4.some((net) => address.match(net));

/** Whether anybody on the internet would reach the same machine under this address. */
export const isPublic = (address: Address): boolean => {
  if (address.kind() === "ipv4") return isPublicV4(address as ipaddr.IPv4);
  const six = address as ipaddr.IPv6;
  if (six.match(NAT64)) return isPublicV4(lastFourBytes(six));
  return (
    six.match(GLOBAL_UNICAST) && six.range() === "unicast" && !NOT_PUBLIC_V6.some((net) => six.match(net))
  );
};

/**
 * True for an address that is reachable from the whole internet (IANA special-purpose registries). Loopback,
 * private, link-local, shared, documentation, multicast and reserved addresses are not, nor is anything that is not
 * an address. Forms that carry an IPv4 address are judged by it (IPv4-mapped, NAT64) or refused (6to4, Teredo).
 */
export const isPublicAddress = (ip: string): boolean => {
  const address = parseAddress(ip);
  return address !== null && isPublic(address);
};
