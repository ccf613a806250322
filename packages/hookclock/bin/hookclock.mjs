#!/usr/bin/env node
// The command's door: says what is missing in plain words, then lets the built command line take over.
import { existsSync } from "node:fs";

/** What the HTTP client asks for. */
const NODE_MIN = [22, 19];
const cli = new URL("../dist/cli.js", import.meta.url);
const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);

if (major < NODE_MIN[0] || (major === NODE_MIN[0] && minor < NODE_MIN[1])) {
  console.error(
    `hookclock needs Node ${NODE_MIN.join(".")} or later; this is ${process.version} (${process.execPath}).`,
  );
  process.exitCode = 1;
} else if (!existsSync(cli)) {
  console.error("hookclock is not built yet: run `npm run build` in the root of its repository.");
  process.exitCode = 1;
} else {
  await import(cli.href);
}
