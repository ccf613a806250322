// The entry of the built command: the real process, one command line, its exit code.
import { readFileSync } from "node:fs";
import * as z from "zod";
import { processIo } from "./process-io.ts";
import { runCli } from "./program.ts";

/** Bundled, this file lies in dist/, beside the package.json of what is published. */
function ownVersion(): string {
  const text = readFileSync(new URL("../package.json", import.meta.url), "utf8");
  return z.object({ version: z.string() }).parse(JSON.parse(text)).version;
}

process.exitCode = await runCli(process.argv.slice(2), processIo(), ownVersion());
