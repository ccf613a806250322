// The peers that npm has, installed into the cache folder when they are first needed: they are old, and nobody who only
// wants hookclock should have them.
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { cp, mkdir, mkdtemp, readFile, rename, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const run = promisify(execFile);
const MANIFEST = fileURLToPath(new URL("./npm", import.meta.url));
const CACHE = fileURLToPath(new URL("../../../.cache", import.meta.url));

let folder: Promise<string> | null = null;

/** Where the peers lie, as the lock file names them. Rejects where npm cannot bring them. */
function installed(): Promise<string> {
  folder ??= install();
  return folder;
}

async function install(): Promise<string> {
  const lock = await readFile(join(MANIFEST, "package-lock.json"));
  const home = join(CACHE, `websub-peers-${createHash("sha256").update(lock).digest("hex").slice(0, 12)}`);
  if (existsSync(home)) return home;
  await mkdir(CACHE, { recursive: true });
  // Made beside the goal and moved there in one step: another process may be doing the same.
  const draft = await mkdtemp(join(CACHE, "installing-"));
  try {
    await cp(MANIFEST, draft, { recursive: true });
    await run("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"], {
      cwd: draft,
    });
    await rename(draft, home).catch((error: unknown) => {
      if (!existsSync(home)) throw error;
    });
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
  return home;
}

/** What stands in the way of the peers from npm; null when they are there. */
export const missingFromNpm = (): Promise<string | null> =>
  installed().then(
    () => null,
    (error: unknown) => {
      const [reason = ""] = (error instanceof Error ? error.message : String(error)).split("\n");
      return `npm cannot bring pubsubhubbub and youtube-notification: ${reason}`;
    },
  );

/** A module of theirs, as `foreign-modules.d.ts` describes it. */
export async function loadPeer<Module>(specifier: string): Promise<Module> {
  const require = createRequire(join(await installed(), "package.json"));
  return require(specifier) as Module;
}
