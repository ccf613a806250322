// The API of a deployment as the target of a command: its address and the key that opens it.
import { parseApiUrl } from "@hookclock/client";
import type { Env } from "./env.ts";
import { CliError, usageError } from "./errors.ts";
import { EXIT } from "./exit-codes.ts";
import type { Io } from "./io.ts";
import type { Login } from "./login-file.ts";
import type { TargetOptions } from "./target-options.ts";

export type ApiTarget = {
  kind: "api";
  /** For people: where this command works. */
  name: string;
  url: string;
  key: string;
  insecureHttp: boolean;
  /** Who said so. */
  from: "options" | "environment" | "login";
};

type Said = Pick<TargetOptions, "key" | "keyFile" | "insecureHttp">;

/** An API that was named on the command line or in the environment. */
export async function namedApi(
  url: string,
  from: "options" | "environment",
  { said, env, io, login }: { said: Said; env: Env; io: Io; login: () => Promise<Login | null> },
): Promise<ApiTarget> {
  const insecureHttp = said.insecureHttp;
  const given = (await saidKey(said, io)) ?? env.HOOKCLOCK_KEY;
  if (given !== undefined) return apiTarget({ url, key: given, insecureHttp }, from);
  // The key of a login is for its own address and for no other.
  const kept = await login();
  if (kept !== null && isSame(kept.url, url))
    return apiTarget({ ...kept, insecureHttp: insecureHttp || kept.insecureHttp }, from);
  throw new CliError("no-key", `there is no key for ${shownUrl(url)}`, {
    hint: "set HOOKCLOCK_KEY, say --key-file FILE, or log in: `hookclock login --url URL`",
    exitCode: EXIT.database,
  });
}

/** The API of the login; another key may be said for it. */
export async function loggedInApi(login: Login, said: Said, io: Io): Promise<ApiTarget> {
  const key = (await saidKey(said, io)) ?? login.key;
  return apiTarget({ ...login, key, insecureHttp: said.insecureHttp || login.insecureHttp }, "login");
}

/** The key of --key or --key-file; undefined when neither is said. */
export async function saidKey({ key, keyFile }: Said, io: Io): Promise<string | undefined> {
  if (key !== undefined && keyFile !== undefined) throw usageError("--key and --key-file exclude each other");
  if (keyFile === undefined) return key;
  const text = await (keyFile === "-" ? io.readInput() : io.readFile(keyFile)).catch((error: unknown) => {
    const { code = "unknown reason" } = error as NodeJS.ErrnoException;
    throw usageError(`${keyFile} cannot be read (${code})`);
  });
  if (text.trim() === "")
    throw usageError(`there is no key in ${keyFile === "-" ? "standard input" : keyFile}`);
  return text.trim();
}

/** Refuses an address that is none, before anything is sent. */
function apiTarget({ url, key, insecureHttp }: Login, from: ApiTarget["from"]): ApiTarget {
  const name = withoutSlash(parseApiUrl(url, { insecureHttp }).href);
  return { kind: "api", name, url: name, key, insecureHttp, from };
}

const withoutSlash = (href: string): string => href.replace(/\/+$/, "");
const isSame = (one: string, other: string): boolean => shownUrl(one) === shownUrl(other);
const shownUrl = (url: string): string => {
  if (!URL.canParse(url)) return "this address";
  const { origin, pathname } = new URL(url);
  return withoutSlash(`${origin}${pathname}`);
};
