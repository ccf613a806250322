// Run by itself: `node run-bundle.mjs <bundle>`. Imports a bundled function as Lambda does and calls its handler with each
// event that comes as a line of JSON; answers each with a line. Plain Node, so that nothing but the bundle is there.
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";

const REMAINING_MS = 12_000;

/** The bundle writes its own lines to stdout: answers are those with this mark before them. */
const answer = (value) => process.stdout.write(`\n@answer ${JSON.stringify(value)}\n`);

const { handler } = await import(pathToFileURL(process.argv[2]).href);
answer({ ready: typeof handler });
let count = 0;
for await (const line of createInterface({ input: process.stdin })) {
  const endsAt = performance.now() + REMAINING_MS;
  count += 1;
  const context = {
    awsRequestId: `request-${count}`,
    functionName: "bundle",
    getRemainingTimeInMillis: () => endsAt - performance.now(),
  };
  try {
    answer({ result: (await handler(JSON.parse(line), context)) ?? null });
  } catch (error) {
    answer({ error: error.stack });
  }
}
process.exit(0);
