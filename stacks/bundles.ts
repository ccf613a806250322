import { execFileSync } from "node:child_process";

/**
 * Bundles the functions, so that a deployment can never send yesterday's. Not by SST itself: its bundler takes no options
 * that leave modules out, and what it makes cannot be looked at without an account.
 */
export function bundles(): void {
  // The check of the resource graph runs this file too, and has no use for bundles.
  if (process.env.HOOKCLOCK_WITHOUT_BUNDLES === "true") return;
  execFileSync(process.execPath, ["scripts/bundle-functions.mjs"], {
    cwd: $cli.paths.root,
    stdio: ["ignore", "ignore", "inherit"],
  });
}
