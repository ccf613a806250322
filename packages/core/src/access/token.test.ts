import { createHash } from "node:crypto";
import fc from "fast-check";
import { expect, test } from "vitest";
import { hashToken, isKeyId, isTokenOf, keyIdOf, makeToken, TOKEN_BYTES, withoutTokens } from "./token.ts";

const bytes = fc.uint8Array({ minLength: TOKEN_BYTES, maxLength: TOKEN_BYTES });
const KNOWN = makeToken(Uint8Array.from({ length: TOKEN_BYTES }, (_, n) => n));

test("the id and all bytes of the secret are in the token", () => {
  expect(KNOWN).toEqual({
    id: "0001020304050607",
    token: "hc_0001020304050607_CAkKCwwNDg8QERITFBUWFxgZGhscHR4fICEiIyQlJic",
  });
  expect(hashToken(KNOWN.token)).toBe(createHash("sha256").update(KNOWN.token).digest("hex"));
});

test("every token is read back and is its own only", () => {
  fc.assert(
    fc.property(bytes, bytes, (one, other) => {
      const { id, token } = makeToken(one);
      expect(token).toMatch(/^hc_[0-9a-f]{16}_[A-Za-z0-9_-]{43}$/);
      expect(keyIdOf(token)).toBe(id);
      expect(isKeyId(id)).toBe(true);
      expect(isTokenOf(token, hashToken(token))).toBe(true);
      const isSame = Buffer.compare(one, other) === 0;
      expect(isTokenOf(makeToken(other).token, hashToken(token))).toBe(isSame);
    }),
  );
});

test("a change of any one character makes another token or none", () => {
  const hash = hashToken(KNOWN.token);
  for (let at = 0; at < KNOWN.token.length; at += 1) {
    const next = KNOWN.token[at] === "a" ? "b" : "a";
    const changed = `${KNOWN.token.slice(0, at)}${next}${KNOWN.token.slice(at + 1)}`;
    expect(isTokenOf(changed, hash)).toBe(false);
  }
});

test.each([8, 32, 39, 41, 0])("%i random bytes make no token", (size) => {
  expect(() => makeToken(new Uint8Array(size))).toThrow(/40 random bytes/);
});

test.each<[string, unknown]>([
  ["nothing", undefined],
  ["null", null],
  ["a number", 7],
  ["a list with a token", [KNOWN.token]],
  ["an object that reads as one", { toString: () => KNOWN.token }],
  ["an empty text", ""],
  ["the scheme in front", `Bearer ${KNOWN.token}`],
  ["white space before", ` ${KNOWN.token}`],
  ["a line break after", `${KNOWN.token}\n`],
  ["one character more", `${KNOWN.token}A`],
  ["one character less", KNOWN.token.slice(0, -1)],
  ["capitals in the id", KNOWN.token.replace("0001", "000A")],
  ["padding", `${KNOWN.token.slice(0, -1)}=`],
  ["another prefix", KNOWN.token.replace("hc_", "sk_")],
  ["a letter that looks alike", KNOWN.token.replace("C", "С")],
  ["a very long one", `${KNOWN.token}${"A".repeat(100_000)}`],
])("%s is no token", (_what, text) => {
  expect(keyIdOf(text)).toBeNull();
});

test("any text either is a token or is none; nothing else happens", () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.string({ unit: "binary" }), fc.anything()), (value) => {
      const id = keyIdOf(value);
      if (id !== null) expect(isKeyId(id)).toBe(true);
    }),
  );
});

test.each<[string, string | null]>([
  ["no hash", null],
  ["an empty hash", ""],
  ["half a hash", hashToken(KNOWN.token).slice(0, 32)],
  ["a hash that is no hex", "z".repeat(64)],
  ["zeros", "0".repeat(64)],
  ["a hash of another", hashToken("x")],
  ["the token itself", KNOWN.token],
])("%s is of no token", (_what, hash) => {
  expect(isTokenOf(KNOWN.token, hash)).toBe(false);
});

test("tokens are taken out of a text wherever they stand, ids are left", () => {
  const text = `{"a":"${KNOWN.token}","b":"x${KNOWN.token}${KNOWN.token}","id":"${KNOWN.id}"}`;
  const gone = `hc_${KNOWN.id}_(shown once)`;
  expect(withoutTokens(text)).toBe(`{"a":"${gone}","b":"x${gone}${gone}","id":"${KNOWN.id}"}`);
  expect(withoutTokens("hc_ nothing here")).toBe("hc_ nothing here");
});
