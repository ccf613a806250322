// X.509 certificates (RFC 5280) for the TLS tests, written by hand in DER: no tool needs to be on the machine, no key
// lies in the repository, and expired ones are as easy to make as good ones.
import { generateKeyPairSync, type KeyObject, sign } from "node:crypto";

export type Certificate = { key: string; cert: string };
type Keys = { publicKey: KeyObject; privateKey: KeyObject };

const der = (tag: number, ...parts: (Buffer | number[])[]): Buffer => {
  const content = Buffer.concat(parts.map((part) => Buffer.from(part)));
  const { length } = content;
  const size =
    length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...size]), content]);
};
const sequence = (...parts: Buffer[]) => der(0x30, ...parts);
const oid = (...bytes: number[]) => der(0x06, bytes);
const text = (value: string) => der(0x0c, Buffer.from(value));

const ECDSA_SHA256 = sequence(oid(0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02));
const COMMON_NAME = oid(0x55, 0x04, 0x03);
const ALT_NAME = oid(0x55, 0x1d, 0x11);
const BASIC_CONSTRAINTS = oid(0x55, 0x1d, 0x13);

const nameOf = (commonName: string) => sequence(der(0x31, sequence(COMMON_NAME, text(commonName))));
/** `GeneralizedTime`: YYYYMMDDHHMMSSZ. */
const yearStart = (year: number) => der(0x18, Buffer.from(`${year}0101000000Z`));

const altNames = (hosts: string[]): Buffer => {
  const names = hosts.map((host) =>
    /^[\d.]+$/.test(host) ? der(0x87, host.split(".").map(Number)) : der(0x82, Buffer.from(host)),
  );
  return sequence(ALT_NAME, der(0x04, sequence(...names)));
};
const isAuthority = sequence(BASIC_CONSTRAINTS, der(0x01, [0xff]), der(0x04, sequence(der(0x01, [0xff]))));

type Issuer = { name: string; keys: Keys };
let serial = 0;

const issue = (
  name: string,
  keys: Keys,
  issuer: Issuer,
  years: [number, number],
  extension: Buffer,
): Certificate => {
  serial += 1;
  const content = sequence(
    der(0xa0, der(0x02, [2])), // version 3
    der(0x02, [serial]),
    ECDSA_SHA256,
    nameOf(issuer.name),
    sequence(yearStart(years[0]), yearStart(years[1])),
    nameOf(name),
    keys.publicKey.export({ type: "spki", format: "der" }),
    der(0xa3, sequence(extension)),
  );
  const signature = sign("sha256", content, issuer.keys.privateKey);
  const bytes = sequence(content, ECDSA_SHA256, der(0x03, [0], signature));
  const lines = bytes.toString("base64").match(/.{1,64}/g) ?? [];
  return {
    key: keys.privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
    cert: `-----BEGIN CERTIFICATE-----\n${lines.join("\n")}\n-----END CERTIFICATE-----\n`,
  };
};

const newKeys = (): Keys => generateKeyPairSync("ec", { namedCurve: "P-256" });
const VALID: [number, number] = [2000, 2100];
const PAST: [number, number] = [2000, 2001];

/** An authority and what it signed: good for `hosts`, out of date, for another host; and one signed by itself. */
export const makeCertificates = (hosts: string[]) => {
  const authority: Issuer = { name: "hookclock test authority", keys: newKeys() };
  const self: Issuer = { name: "self", keys: newKeys() };
  return {
    ca: issue(authority.name, authority.keys, authority, VALID, isAuthority).cert,
    good: issue("good", newKeys(), authority, VALID, altNames(hosts)),
    expired: issue("expired", newKeys(), authority, PAST, altNames(hosts)),
    otherHost: issue("other", newKeys(), authority, VALID, altNames(["other.example", "10.0.0.1"])),
    selfSigned: issue("self", self.keys, self, VALID, altNames(hosts)),
  };
};
