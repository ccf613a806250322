// Where this machine's own API key is kept between starts: a file that only its owner may read.
import { randomBytes } from "node:crypto";
import { chmodSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { ApiKey, ApiKeys } from "hookclock";
import { dataError } from "../errors.ts";

const FILE = "api-key";
/** The key of the kept database, while an instance that keeps nothing runs on the same folder. */
const ASIDE = "api-key.kept";
const OWNER_ONLY = 0o600;
/** A token has 63 characters; what is longer by far is not ours. */
const TEXT_MAX = 200;

/** The file as people write it: not resolved. */
export const apiKeyFile = (dataDir: string): string => join(dataDir, FILE);

export type LocalKey = {
  token: string;
  /** Made just now, rather than found. */
  isNew: boolean;
  /** Puts the kept database's key back in place of one that ends with this process. Safe to call twice. */
  release(): void;
};

const NAME = "local";

/**
 * Finds the key of earlier starts, or makes one for everything when there is none that the database still knows.
 * With `memory` it is always made, and the file holds it until `release`.
 *
 * @throws LocalError `data-unusable` when the file cannot be written.
 */
export async function localKey(keys: ApiKeys, dataDir: string, memory: boolean): Promise<LocalKey> {
  const file = join(resolve(dataDir), FILE);
  const aside = join(resolve(dataDir), ASIDE);
  if (memory) {
    const token = await make(keys);
    // One that is aside already is the kept one: then the file is what a killed instance left behind.
    if (read(aside) === null && read(file) !== null) move(file, aside);
    write(file, token);
    return { token, isNew: true, release: () => putBack(file, aside, token) };
  }
  const found = await firstKnown(keys, [read(file), read(aside)]);
  const token = found ?? (await makeAgain(keys));
  write(file, token);
  rmSync(aside, { force: true });
  return { token, isNew: found === null, release: () => {} };
}

async function firstKnown(keys: ApiKeys, tokens: readonly (string | null)[]): Promise<string | null> {
  for (const token of tokens) if (token !== null && (await keys.verify(token))) return token;
  return null;
}

const make = async (keys: ApiKeys): Promise<string> =>
  (await keys.create({ name: NAME, namespaces: ["*"], permission: "admin" })).token;

/** Nobody has the token of an earlier one any more, or nobody should: removing the file is how to change the key. */
async function makeAgain(keys: ApiKeys): Promise<string> {
  const isEarlier = ({ name, namespaces, permission, revokedDate }: ApiKey) =>
    name === NAME && permission === "admin" && namespaces.includes("*") && revokedDate === null;
  const earlier = (await keys.list()).filter(isEarlier);
  await Promise.all(earlier.map(({ id }) => keys.revoke(id)));
  return make(keys);
}

function putBack(file: string, aside: string, token: string): void {
  if (read(file) !== token) return;
  if (read(aside) === null) rmSync(file, { force: true });
  else move(aside, file);
}

/** What is no text of one short line counts as nothing. */
function read(path: string): string | null {
  try {
    const text = readFileSync(path, "utf8").trim();
    return text === "" || text.length > TEXT_MAX || /\s/.test(text) ? null : text;
  } catch {
    return null;
  }
}

/** Beside and renamed: at no moment is there half a token, or one that others may read. */
function writeNew(path: string, token: string): void {
  const fresh = `${path}.${randomBytes(6).toString("hex")}`;
  writeFileSync(fresh, `${token}\n`, { flag: "wx", mode: OWNER_ONLY });
  try {
    renameSync(fresh, path);
  } catch (error) {
    rmSync(fresh, { force: true });
    throw error;
  }
}

function write(path: string, token: string): void {
  try {
    if (read(path) === token) chmodSync(path, OWNER_ONLY);
    else writeNew(path, token);
  } catch (error) {
    throw dataError(error, `the API key cannot be kept in ${path}`);
  }
}

function move(from: string, to: string): void {
  try {
    renameSync(from, to);
  } catch (error) {
    throw dataError(error, `the API key cannot be kept in ${to}`);
  }
}
