import { Command } from "commander";
import { expect, test } from "vitest";
import { addWebSubOptions, webSubSettingsOf } from "./websub-settings.ts";

const parse = (...args: string[]): object => {
  const command = addWebSubOptions(new Command().exitOverride());
  return command.parse(args, { from: "user" }).opts();
};

test("an option goes before its variable, and the others stay", () => {
  const env = {
    HOOKCLOCK_HUB_SIGNATURE: "sha1",
    HOOKCLOCK_HUB_TOPICS: "a.example",
    HOOKCLOCK_LEASE_SECONDS: "60",
  };
  const options = parse(
    "--hub-signature",
    "sha512",
    "--hub-topics",
    "b.example",
    "--hub-topics",
    "c.example",
  );
  expect(webSubSettingsOf(env, options)).toEqual({
    leaseSeconds: 60,
    hub: { signature: "sha512", allow: { topics: ["b.example", "c.example"] } },
  });
  expect(webSubSettingsOf(env).hub.signature).toBe("sha1");
});

test("what is wrong is named as it was written", () => {
  const options = parse("--hub-verify-events", "perhaps");
  const env = { HOOKCLOCK_HUB_CALLBACKS: "https://a@b.example" };
  expect(() => webSubSettingsOf(env, options)).toThrow(
    /HOOKCLOCK_HUB_CALLBACKS: entry 1.*; --hub-verify-events: allowed are true and false/,
  );
});

test("numbers and words are given once", () => {
  expect(() => webSubSettingsOf({}, parse("--lease-seconds", "5", "--lease-seconds", "6"))).toThrow(
    /--lease-seconds: allowed is a whole number/,
  );
});
