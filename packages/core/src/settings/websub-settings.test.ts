import { expect, test } from "vitest";
import { readWebSubSettings, webSubTextsOf } from "./websub-settings.ts";

test("nothing said, nothing set; empty is nothing", () => {
  expect(readWebSubSettings({})).toEqual({ hub: {} });
  expect(readWebSubSettings({ topics: "", signature: " ", verifyEvents: "" })).toEqual({ hub: {} });
});

test("what is said stands where the library looks for it", () => {
  const environment = {
    HOOKCLOCK_CONTENT_BYTES_MAX: "65536",
    HOOKCLOCK_LEASE_SECONDS: "3600",
    HOOKCLOCK_HUB_LEASE_SECONDS_MIN: "60",
    HOOKCLOCK_HUB_LEASE_SECONDS_MAX: "86400",
    HOOKCLOCK_HUB_SIGNATURE: "SHA512",
    HOOKCLOCK_HUB_VERIFY_EVENTS: "off",
    HOOKCLOCK_HUB_PUBLIC_PAGES: "true",
    HOOKCLOCK_HUB_TOPICS: "https://example.com/feeds/, *.example.org",
    HOOKCLOCK_HUB_CALLBACKS: "a.example\nb.example,,",
    HOOKCLOCK_HUB_PUBLISHERS: "example.com",
    HOOKCLOCK_STAGE: "dev",
  };
  expect(readWebSubSettings(webSubTextsOf(environment))).toEqual({
    contentBytesMax: 65_536,
    leaseSeconds: 3_600,
    hub: {
      ...{ leaseSecondsMin: 60, leaseSecondsMax: 86_400, signature: "sha512" },
      ...{ verifyEvents: false, publicPages: true },
      allow: {
        topics: ["https://example.com/feeds/", "*.example.org"],
        callbacks: ["a.example", "b.example"],
        publishers: ["example.com"],
      },
    },
  });
});

test.each([
  [{ signature: "md5" }, "HOOKCLOCK_HUB_SIGNATURE: allowed are sha1, sha256, sha384, sha512"],
  [{ verifyEvents: "maybe" }, "HOOKCLOCK_HUB_VERIFY_EVENTS: allowed are true and false"],
  [{ leaseSeconds: "10d" }, "HOOKCLOCK_LEASE_SECONDS: allowed is a whole number from 1 to 31536000"],
  [{ leaseSecondsMin: "0" }, "HOOKCLOCK_HUB_LEASE_SECONDS_MIN: "],
  [{ contentBytesMax: "1e9" }, "HOOKCLOCK_CONTENT_BYTES_MAX: "],
  [{ topics: "example.com, https://user:pw@example.com" }, "HOOKCLOCK_HUB_TOPICS: entry 2 is not a host"],
  [{ leaseSecondsMin: "60", leaseSeconds: "30" }, "MIN: allowed is at most HOOKCLOCK_LEASE_SECONDS"],
  [{ leaseSecondsMin: "60", leaseSecondsMax: "30" }, "at most HOOKCLOCK_HUB_LEASE_SECONDS_MAX"],
])("%j is refused by the name of its variable, without its value", (texts, message) => {
  const read = () => readWebSubSettings(texts);
  expect(read).toThrow(
    expect.objectContaining({ code: "invalid-input", message: expect.stringContaining(message) }),
  );
  expect(read).toThrow(expect.objectContaining({ message: expect.not.stringContaining("pw@") }));
});

test("everything that is wrong is named at once, by the names that were used", () => {
  const read = () =>
    readWebSubSettings(
      { signature: "md5", callbacks: "*", contentBytesMax: "5000000" },
      { nameOf: (name) => `--${name}`, contentBytesMax: 4_194_304 },
    );
  expect(read).toThrow(/--contentBytesMax: .*1024 to 4194304.*--signature: /);
  expect(read).toThrow(/--callbacks: entry 1/);
});
