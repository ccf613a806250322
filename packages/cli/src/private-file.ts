// Files that hold a secret: readable by their owner alone, from their first byte on.
import { randomUUID } from "node:crypto";
import { mkdir, open, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";

const OTHERS = 0o077;
/** Where modes mean nothing, the folder of the user protects the file. */
const hasModes = process.platform !== "win32";

/** Rejects with code `EOPEN` when others than the owner may read or write it. */
export async function readPrivateFile(path: string): Promise<string> {
  const file = await open(path, "r");
  try {
    const { mode } = await file.stat();
    if (hasModes && (mode & OTHERS) !== 0) {
      throw Object.assign(new Error("others may read it"), { code: "EOPEN" });
    }
    return await file.readFile("utf8");
  } finally {
    await file.close();
  }
}

/** Replaces the file as a whole; folders on the way are made for the owner alone. */
export async function writePrivateFile(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const fresh = `${path}.${randomUUID()}`;
  const file = await open(fresh, "wx", 0o600);
  try {
    await file.writeFile(text);
    await file.close();
    await rename(fresh, path);
  } catch (error) {
    await file.close().catch(() => {});
    await rm(fresh, { force: true });
    throw error;
  }
}

/** False when there was none. */
export async function removeFile(path: string): Promise<boolean> {
  try {
    await rm(path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return false;
    throw error;
  }
}
