import { expect, test } from "vitest";
import { ConnectFailure, describe, wordOf } from "./failure.ts";

const coded = (code: string, message = "m") => Object.assign(new Error(message), { code });

test.each([
  ["ECONNREFUSED", "refused"],
  ["EHOSTUNREACH", "unreachable"],
  ["ENETUNREACH", "unreachable"],
  ["ECONNRESET", "reset"],
  ["EPIPE", "reset"],
  ["ETIMEDOUT", "timeout"],
  ["UND_ERR_SOCKET", "closed"],
  ["UND_ERR_HEADERS_OVERFLOW", "protocol"],
  ["HPE_INVALID_CONSTANT", "protocol"],
  ["ERR_TLS_CERT_ALTNAME_INVALID", "tls"],
  ["ERR_SSL_WRONG_VERSION_NUMBER", "tls"],
  ["UND_ERR_INVALID_ARG", "invalid-request"],
])("%s is %s", (code, word) => {
  expect(wordOf(coded(code))).toBe(word);
});

// Out of files, out of ports, a closed pool, a broken assertion: nothing the receiver could help.
test.each([
  "EMFILE",
  "ENFILE",
  "EADDRNOTAVAIL",
  "ENOBUFS",
  "UND_ERR_DESTROYED",
  "UND_ERR_CLOSED",
  "ERR_ASSERTION",
  "",
  "constructor",
  "__proto__",
])("%j is our own fault", (code) => {
  expect(wordOf(coded(code))).toBeUndefined();
});

test("only errors have a word, and our connector's is final", () => {
  expect(wordOf("ECONNRESET")).toBeUndefined();
  expect(wordOf(new ConnectFailure("dns", "m", coded("ECONNRESET")))).toBe("dns");
});

test("a failure of several addresses tells each one's reason", () => {
  const several = Object.assign(
    new AggregateError([coded("ECONNREFUSED", "one"), coded("ETIMEDOUT", "two")], ""),
    { code: "ECONNREFUSED" },
  );
  expect(wordOf(several)).toBe("refused");
  expect(describe(several)).toBe("ECONNREFUSED: one; ETIMEDOUT: two");
});
