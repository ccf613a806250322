import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { parseSecret } from "@hookclock/core";
import { loudSkip } from "@hookclock/testkit";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { checkedSigningSecrets } from "../../stacks/signing-secret.ts";
import { missingPlatform, ROOT } from "./platform.ts";

const run = promisify(execFile);
const GRAPH_TIMEOUT_MS = 60_000;
const GOOD = "whsec_b25seSBmb3IgdGVzdHMsIG9ubHkgdGVzdHM=";

const isTaken = (check: () => unknown): boolean => {
  try {
    check();
    return true;
  } catch {
    return false;
  }
};

test("a deployment takes the secrets that the functions take, and no others", () => {
  const bytes = fc.uint8Array({ minLength: 20, maxLength: 68 });
  const encoded = bytes.map((some) => Buffer.from(some).toString("base64"));
  const cut = fc.tuple(encoded, fc.nat(3)).map(([text, less]) => text.slice(0, text.length - less));
  const prefixed = fc
    .tuple(fc.constantFrom("", "whsec_", "whsec_whsec_"), cut)
    .map((parts) => parts.join(""));
  const text = fc.oneof(prefixed, fc.string({ minLength: 1, unit: fc.constantFrom(..."aZ9+/=-_ ") }));
  fc.assert(
    fc.property(
      text.map((one) => one.trim()).filter((one) => one !== ""),
      (secret) => {
        expect(isTaken(() => checkedSigningSecrets(secret))).toBe(isTaken(() => parseSecret(secret)));
      },
    ),
  );
});

test.each([GOOD, `${GOOD},${GOOD}`, `${GOOD}, ${GOOD}`, ""])("%j is taken as it is", (value) => {
  expect(checkedSigningSecrets(value)).toBe(value);
});

test.each(["hunter2", `${GOOD},hunter2`, `${GOOD} ${GOOD}`])(
  "%j is refused, in words that do not tell it",
  (value) => {
    expect(() => checkedSigningSecrets(value)).toThrow(
      /^SigningSecret is no signing secret; allowed: (?!.*hunter2)/,
    );
  },
);

const describeHere = loudSkip(describe, await missingPlatform());

describeHere("a deployment", () => {
  test(
    "with a secret that is none ends with its reason, before functions are made that could not start",
    async () => {
      const script = join(ROOT, "test/deploy/graph/make-graph.ts");
      const env = {
        PATH: process.env["PATH"],
        ...{ SST_SECRET_SigningSecret: "hunter2", HOOKCLOCK_WITHOUT_BUNDLES: "true" },
      };
      const made = run(process.execPath, [script, "refused", "/dev/null"], { cwd: ROOT, env });
      const { stderr } = await made.then(
        () => expect.fail("it was deployed"),
        (error: { stderr: string }) => error,
      );
      expect(stderr).toContain("SigningSecret is no signing secret");
      expect(stderr).not.toContain("hunter2");
    },
    GRAPH_TIMEOUT_MS,
  );
});
