#!/usr/bin/env node
// The command's door: says what is missing in plain words, then lets the built command line take over.
import { existsSync } from "node:fs";

const NODE_MAJOR_MIN = 22;
const cli = new URL("../dist/cli.js", import.meta.url);

if (Number.parseInt(process.versions.node, 10) < NODE_MAJOR_MIN) {
  console.error(
    `hookclock needs Node ${NODE_MAJOR_MIN} or later; this is ${process.version} (${process.execPath}).`,
  );
  process.exitCode = 1;
} else if (!existsSync(cli)) {
  console.error("hookclock is not built yet: run `npm run build` in the root of its repository.");
  process.exitCode = 1;
} else {
  await import(cli.href);
}
