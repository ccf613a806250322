// Reads the test runner's JSON report and ends with one plain line, `N passed, N failed`. Exits non-zero when something
// failed, when nothing ran, and when there is no report at all: a run that did not happen must not look green.
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** @returns {{ passed: number, failed: number, notes: string[] }} */
export const tally = (report) => {
  const notes = [];
  let passed = 0;
  let failed = 0;
  for (const file of report.testResults) {
    const failedHere = file.assertionResults.filter(({ status }) => status === "failed");
    passed += file.assertionResults.filter(({ status }) => status === "passed").length;
    failed += failedHere.length;
    for (const { fullName } of failedHere) notes.push(`failed: ${file.name}: ${fullName}`);
    // A file that could not be loaded has no tests to fail: it counts as one.
    if (file.status === "failed" && failedHere.length === 0) {
      failed += 1;
      notes.push(`failed: ${file.name}: ${file.message}`);
    }
  }
  // Errors outside any test, such as an unhandled rejection.
  if (report.success === false && failed === 0) {
    failed = 1;
    notes.push("failed: the run as a whole, outside any test");
  }
  return { passed, failed, notes };
};

const readReport = (path) => {
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch {
    return undefined;
  }
};

const main = (path) => {
  const report = path === undefined ? undefined : readReport(path);
  const { passed, failed, notes } =
    report === undefined
      ? { passed: 0, failed: 1, notes: ["failed: the tests did not run, because an earlier step failed"] }
      : tally(report);
  for (const note of notes) console.log(note);
  console.log(`${passed} passed, ${failed} failed`);
  process.exitCode = failed > 0 || passed === 0 ? 1 : 0;
};

if (process.argv[1] === fileURLToPath(import.meta.url)) main(process.argv[2]);
