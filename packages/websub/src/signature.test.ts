import { createHmac } from "node:crypto";
import fc from "fast-check";
import { expect, test } from "vitest";
import {
  acceptedMethods,
  SECRET_BYTES_MAX,
  SIGNATURE_METHODS,
  secretProblem,
  sign,
  verify,
} from "./signature.ts";

const SECRET = "a secret of this subscription";
const BODY = new Uint8Array([0x7b, 0xff, 0x00, 0x0a, 0x7d]);

/** Made with other calls than the code under test: over text keys, hex from the library. */
const hexBy = (method: string, secret = SECRET, body: Uint8Array = BODY): string =>
  createHmac(method, secret).update(body).digest("hex");

test.each(SIGNATURE_METHODS)("H-S1: %s gives `method=hex` in lower case over the exact bytes", (method) => {
  expect(sign(method, SECRET, BODY)).toBe(`${method}=${hexBy(method)}`);
});

test("H-S1: a known example of RFC 4231 and RFC 2202", () => {
  const body = new TextEncoder().encode("what do ya want for nothing?");
  expect(sign("sha256", "Jefe", body)).toBe(
    "sha256=5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
  );
  expect(sign("sha1", "Jefe", body)).toBe("sha1=effcdf6ae5eb2fa2d27416d5f184df9c259a7c79");
});

test("S-S2: the key is the secret's bytes in UTF-8", () => {
  const key = new Uint8Array([0xc3, 0xa9, 0xf0, 0x9f, 0x94, 0x91]);
  const hex = createHmac("sha256", key).update(BODY).digest("hex");
  expect(verify(`sha256=${hex}`, "é🔑", BODY)).toBe("valid");
});

test.each(SIGNATURE_METHODS)("S-S2: %s is verified with the method the header names", (method) => {
  expect(verify(`${method}=${hexBy(method)}`, SECRET, BODY)).toBe("valid");
});

test("S-S2: what is signed is the bytes, not the text they may stand for", () => {
  const composed = new TextEncoder().encode("é");
  const decomposed = new TextEncoder().encode("é".normalize("NFD"));
  const header = sign("sha256", SECRET, composed);
  expect(verify(header, SECRET, composed)).toBe("valid");
  expect(verify(header, SECRET, decomposed)).toBe("wrong");
});

test("S-S3: one changed bit of the body, another secret or another method is wrong", () => {
  const header = sign("sha256", SECRET, BODY);
  expect(
    verify(
      header,
      SECRET,
      BODY.map((byte, index) => (index === 0 ? byte ^ 1 : byte)),
    ),
  ).toBe("wrong");
  expect(verify(header, SECRET, BODY.subarray(1))).toBe("wrong");
  expect(verify(header, `${SECRET} `, BODY)).toBe("wrong");
  expect(verify(`sha1=${hexBy("sha256").slice(0, 40)}`, SECRET, BODY)).toBe("wrong");
});

test.each([undefined, "", "   "])("S-S4: no signature (%j) is missing", (header) => {
  expect(verify(header, SECRET, BODY)).toBe("missing");
});

test("S-S5: a digest of another length is wrong, and nothing is thrown", () => {
  const hex = hexBy("sha256");
  expect(verify(`sha256=${hex}0a1b`, SECRET, BODY)).toBe("wrong");
  expect(verify(`sha256=${hex.slice(2)}`, SECRET, BODY)).toBe("wrong");
  expect(verify("sha256=a", SECRET, BODY)).toBe("wrong");
});

test("S-S5: hex in capitals, spaces around and a method in capitals are fine", () => {
  const hex = hexBy("sha256").toUpperCase();
  expect(verify(` SHA256=${hex}\t`, SECRET, BODY)).toBe("valid");
});

test.each([
  "sha256",
  hexBy("sha256"),
  `=${hexBy("sha256")}`,
  "sha256=",
  "sha256= ",
  `sha256=${hexBy("sha256").slice(1)}g`,
  `sha256="${hexBy("sha256")}"`,
  `sha256=${hexBy("sha256")}, sha1=${hexBy("sha1")}`,
  `sha256==${hexBy("sha256")}`,
  `sha256 ${hexBy("sha256")}`,
  `sha256=${"a".repeat(600)}`,
])("S-S5: a header that is not `method=hex` is malformed: case %#", (header) => {
  expect(verify(header, SECRET, BODY)).toBe("malformed");
});

test.each(["md5", "sha224", "sha512/256", "__proto__", "constructor", "sha-256", ""])(
  "S-S5: the method %j is none of the four",
  (method) => {
    expect(verify(`${method}=${hexBy("md5")}`, SECRET, BODY)).toBe(
      method === "" ? "malformed" : "unknown-method",
    );
  },
);

test("S-S1, S-S5: no header makes it throw, and none but the right one is valid", () => {
  const right = sign("sha256", SECRET, BODY);
  const shaped = fc
    .tuple(
      fc.constantFrom(...SIGNATURE_METHODS, "md5"),
      fc.string({ unit: fc.constantFrom(..."0123456789abcdefg=") }),
    )
    .map(([method, hex]) => `${method}=${hex}`);
  fc.assert(
    fc.property(fc.oneof(fc.string(), shaped), (header) => {
      expect(verify(header, SECRET, BODY) === "valid").toBe(header.trim().toLowerCase() === right);
    }),
  );
});

test("S-S5: what is signed verifies, whatever secret and body", () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...SIGNATURE_METHODS),
      fc.string({ unit: fc.constantFrom(..."ab 0=é漢", "🔑"), minLength: 1, maxLength: 60 }),
      fc.uint8Array(),
      (method, secret, body) => {
        expect(verify(sign(method, secret, body), secret, body)).toBe("valid");
      },
    ),
  );
});

test("S-S7: over a way that is not protected, nothing below sha256 is accepted", () => {
  const header = sign("sha1", SECRET, BODY);
  expect(verify(header, SECRET, BODY, acceptedMethods("https://example.com/callbacks/1"))).toBe("valid");
  expect(verify(header, SECRET, BODY, acceptedMethods("http://example.com/callbacks/1"))).toBe("weak-method");
  expect(acceptedMethods("http://example.com/")).toEqual(["sha256", "sha384", "sha512"]);
});

test("S-R6: a secret has at least one byte and fewer than 200", () => {
  expect(secretProblem("s")).toBeNull();
  expect(secretProblem("s".repeat(SECRET_BYTES_MAX))).toBeNull();
  expect(secretProblem("")).toBe("is empty");
  expect(secretProblem("s".repeat(200))).toBe("has 200 bytes; fewer than 200 are allowed");
  expect(secretProblem("é".repeat(99))).toBeNull();
  expect(secretProblem("é".repeat(100))).toMatch(/^has 200 bytes/);
});
