// What `hookclock login` keeps: one address and its key, in a file that only its owner may read.
import { isAbsolute, join } from "node:path";
import * as z from "zod";
import type { Env } from "./env.ts";
import { CliError, usageError } from "./errors.ts";
import type { Io } from "./io.ts";

const schema = z.object({
  url: z.string().min(1),
  key: z.string().min(1),
  insecureHttp: z.boolean().default(false),
});
export type Login = z.output<typeof schema>;

/** Where the login is kept, by the XDG rules; null where there is no home to keep it in. */
export function loginPath(env: Env): string | null {
  const { XDG_CONFIG_HOME: configHome, HOME, USERPROFILE } = env;
  const home = HOME ?? USERPROFILE;
  // The XDG rules have it that a relative path counts for nothing.
  if (configHome !== undefined && isAbsolute(configHome)) return join(configHome, "hookclock", "login.json");
  return home === undefined ? null : join(home, ".config", "hookclock", "login.json");
}

/** The login that was kept; null when there is none. */
export async function readLogin(io: Io, env: Env): Promise<Login | null> {
  const path = loginPath(env);
  const text =
    path === null ? null : await io.readPrivateFile(path).catch((error: unknown) => unreadable(path, error));
  if (path === null || text === null) return null;
  const parsed = schema.safeParse(parseJson(text));
  if (parsed.success) return parsed.data;
  throw new CliError("login-unreadable", `${path} cannot be understood`, {
    hint: "log in anew: `hookclock login --url URL`",
  });
}

export async function writeLogin(io: Io, env: Env, login: Login): Promise<string> {
  const path = loginPath(env);
  if (path === null)
    throw usageError("there is no folder to keep the login in", "set HOME or XDG_CONFIG_HOME");
  try {
    await io.writePrivateFile(path, `${JSON.stringify(login, null, 2)}\n`);
  } catch (error) {
    throw unwritable(path, error);
  }
  return path;
}

/** Removes the login; null when there was none. */
export async function removeLogin(io: Io, env: Env): Promise<string | null> {
  const path = loginPath(env);
  return path !== null && (await io.removeFile(path)) ? path : null;
}

const unwritable = (path: string, cause: unknown): CliError =>
  new CliError("login-unwritable", `${path} cannot be written (${codeOf(cause)})`, { cause });

function unreadable(path: string, error: unknown): null {
  const code = codeOf(error);
  if (code === "ENOENT" || code === "ENOTDIR") return null;
  if (code === "EOPEN") {
    throw new CliError("login-open", `${path} can be read by others than its owner`, {
      hint: `close it with \`chmod 600 ${path}\`; if others may have read it, make another key and revoke this one`,
    });
  }
  throw new CliError("login-unreadable", `${path} cannot be read (${code})`, { cause: error });
}

const codeOf = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? "unknown reason";

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
