// dev.json: how other commands find the instance that runs on a data folder, and how a second one is kept off it.
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join, resolve } from "node:path";
import * as z from "zod";
import { LocalError } from "./errors.ts";

export const DEFAULT_DATA_DIR = ".hookclock";
const FILE = "dev.json";

const instanceSchema = z.object({
  /** Null while it starts. */
  endpoint: z.url({ protocol: /^http$/ }).nullable(),
  /** Of the HTTP API; its key is never here, but in a file of its own. Null while it starts. */
  apiUrl: z
    .url({ protocol: /^http$/ })
    .nullable()
    .default(null),
  /** Where others reach it, through a tunnel. */
  publicUrl: z.url({ protocol: /^https?$/ }).optional(),
  pid: z.number().int().positive(),
  tasksTableName: z.string().min(1),
  logsTableName: z.string().min(1),
  apiTableName: z.string().min(1).optional(),
  stateTableName: z.string().min(1).optional(),
  startedAt: z.iso.datetime(),
});
export type InstanceFile = z.output<typeof instanceSchema>;
export type Instance = InstanceFile & { endpoint: string };

const fileOf = (dataDir: string): string => join(resolve(dataDir), FILE);

/** The file as it is there; null when there is none or it cannot be understood. */
export function readInstanceFile(dataDir: string): InstanceFile | null {
  try {
    const parsed = instanceSchema.safeParse(JSON.parse(readFileSync(fileOf(dataDir), "utf8")));
    return parsed.success ? parsed.data : null;
  } catch {
    return null;
  }
}

/** The instance that runs on a data folder. A file left by a dead process counts as nothing. */
export async function findInstance(dataDir: string): Promise<Instance | null> {
  const file = readInstanceFile(dataDir);
  if (file === null || file.endpoint === null || !isAlive(file.pid)) return null;
  // The pid may be another program's by now: only what listens there proves that the instance lives.
  return (await listens(new URL(file.endpoint))) ? { ...file, endpoint: file.endpoint } : null;
}

type About = Omit<InstanceFile, "endpoint" | "apiUrl">;
export type Reservation = {
  /** Says where the instance answers. */
  publish(where: { endpoint: string; apiUrl: string | null }): void;
  /** Removes the file; safe to call from an exit handler, and twice. */
  release(): void;
};

/**
 * Takes a data folder for this process by creating its dev.json.
 *
 * @throws LocalError `data-in-use` naming the pid that has it, `data-unusable` when the folder cannot be written.
 */
export async function reserve(dataDir: string, about: About): Promise<Reservation> {
  const path = fileOf(dataDir);
  const write = (where: Pick<InstanceFile, "endpoint" | "apiUrl">, to: string, flag: "w" | "wx") =>
    writeFileSync(to, `${JSON.stringify({ ...where, ...about }, null, 2)}\n`, { flag });
  try {
    makeFolder(dataDir);
    await removeStale(dataDir);
    write({ endpoint: null, apiUrl: null }, path, "wx");
  } catch (error) {
    throw reserveError(error, dataDir);
  }
  return {
    publish(where) {
      write(where, `${path}.${about.pid}`, "w");
      renameSync(`${path}.${about.pid}`, path);
    },
    release() {
      if (readInstanceFile(dataDir)?.pid === about.pid) rmSync(path, { force: true });
    },
  };
}

/** A folder that is ours alone keeps itself out of repositories: there is a key in it. */
function makeFolder(dataDir: string): void {
  const path = resolve(dataDir);
  const isNew = mkdirSync(path, { recursive: true }) !== undefined;
  if (isNew) writeFileSync(join(path, ".gitignore"), "*\n", { flag: "wx" });
}

async function removeStale(dataDir: string): Promise<void> {
  const file = readInstanceFile(dataDir);
  if (file !== null && isAlive(file.pid)) {
    if (file.endpoint === null || (await listens(new URL(file.endpoint)))) throw inUse(dataDir, file.pid);
  }
  rmSync(fileOf(dataDir), { force: true });
}

function reserveError(error: unknown, dataDir: string): unknown {
  if (error instanceof LocalError) return error;
  if ((error as NodeJS.ErrnoException).code === "EEXIST") {
    return inUse(dataDir, readInstanceFile(dataDir)?.pid);
  }
  const message = error instanceof Error ? error.message : String(error);
  return new LocalError("data-unusable", `the folder ${dataDir} cannot be used: ${message}`, {
    hint: "choose another folder with --data DIR",
    cause: error,
  });
}

function inUse(dataDir: string, pid: number | undefined): LocalError {
  const who = pid === undefined ? "another hookclock dev" : `another hookclock dev (pid ${pid})`;
  return new LocalError("data-in-use", `${dataDir} is in use by ${who}`, {
    hint: `stop that one, choose another folder with --data DIR, or, if it is no hookclock, delete ${join(dataDir, FILE)}`,
  });
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

const CONNECT_TIMEOUT_MS = 1_000;

/** Whether something accepts connections there. */
function listens({ hostname, port }: URL): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: hostname, port: Number(port), timeout: CONNECT_TIMEOUT_MS });
    const end = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket.once("connect", () => end(true));
    socket.once("timeout", () => end(false));
    socket.once("error", () => end(false));
  });
}
