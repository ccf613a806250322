// SST's platform under .sst/platform, laid down once, and the graph of resources of a stage, made once for a state of the code.
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { Graph } from "./graph/graph.ts";

const run = promisify(execFile);
export const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const CACHE = join(ROOT, ".cache/deploy");
const INSTALL_TIMEOUT_MS = 240_000;
const GRAPH_TIMEOUT_MS = 60_000;
/** A value for the secret, that of nobody. */
const SIGNING_SECRET = "whsec_b25seSBmb3IgdGVzdHMsIG9ubHkgdGVzdHM=";

/** Lays the platform down if it is not there. Null, or why it cannot be had. */
export async function missingPlatform(): Promise<string | null> {
  try {
    await run(process.execPath, [join(ROOT, "scripts/sst-platform.mjs")], { timeout: INSTALL_TIMEOUT_MS });
    return null;
  } catch (error) {
    const { stderr = "" } = error as { stderr?: string };
    return `SST's platform cannot be installed here: ${stderr.trim() || String(error)}`;
  }
}

const filesUnder = (dir: string): string[] =>
  readdirSync(join(ROOT, dir), { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();

/** One hash over all that a graph is made from. */
function fingerprint(): string {
  const single = [
    "sst.config.ts",
    "package-lock.json",
    "packages/store-dynamodb/src/shapes.ts",
    "functions/lib/metric-names.ts",
    "packages/core/src/settings/websub-variables.ts",
    ".sst/platform/version",
  ].map((path) => join(ROOT, path));
  const hash = createHash("sha256");
  for (const path of [...single, ...filesUnder("stacks"), ...filesUnder("test/deploy/graph")]) {
    hash.update(`${path}\0`).update(readFileSync(path)).update("\0");
  }
  return hash.digest("hex").slice(0, 16);
}

/**
 * The resources of a stage as `sst deploy` would make them, with an address for alarms unless the stage is named
 * `personal`, and with a setting of WebSub where it is `production`. From the cache, when nothing changed since.
 */
export async function graphOf(stage: "dev" | "personal" | "production"): Promise<Graph> {
  // Where CI=true suites are not left out, and this is where they learn why they fail.
  const missing = await missingPlatform();
  if (missing !== null) throw new Error(missing);
  const file = join(CACHE, `graph-${stage}-${fingerprint()}.json`);
  const read = (): Graph => JSON.parse(readFileSync(file, "utf8")) as Graph;
  try {
    return read();
  } catch {
    mkdirSync(CACHE, { recursive: true });
    for (const old of readdirSync(CACHE)) {
      if (old.startsWith(`graph-${stage}-`)) rmSync(join(CACHE, old), { force: true });
    }
    const script = join(ROOT, "test/deploy/graph/make-graph.ts");
    await run(process.execPath, [script, stage, file], {
      cwd: ROOT,
      timeout: GRAPH_TIMEOUT_MS,
      env: {
        PATH: process.env["PATH"],
        SST_SECRET_SigningSecret: SIGNING_SECRET,
        ...(stage === "personal" ? {} : { HOOKCLOCK_ALARM_EMAIL: "someone@example.com" }),
        ...(stage === "production" ? { HOOKCLOCK_HUB_TOPICS: "*.example.com", HOOKCLOCK_OTHER: "x" } : {}),
        HOOKCLOCK_WITHOUT_BUNDLES: "true",
      },
    });
    return read();
  }
}
