/**
 * The suite function to use for tests that need a part this machine may lack: `describe` itself, or its `skip` after a
 * line on the console that says what is missing. Where CI=true nobody reads that line, so there the suite runs and fails.
 *
 *     const describeHere = loudSkip(describe, await missingForDynamoDbLocal());
 */
export function loudSkip<Suite>(suite: Suite & { skip: Suite }, missing: string | null): Suite {
  if (missing === null || process.env["CI"] === "true") return suite;
  console.warn(`SKIPPED for want of a part: ${missing}`);
  return suite.skip;
}
