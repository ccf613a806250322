// Keeping the address and the key of an API, so that no command line has to hold them.

import type { Command } from "commander";
import type { ApiKey } from "hookclock";
import { addApiOptions } from "../api-options.ts";
import { saidKey } from "../api-target.ts";
import { remoteHooks } from "../context.ts";
import { type Env, readEnv } from "../env.ts";
import { CliError, usageError } from "../errors.ts";
import { EXIT } from "../exit-codes.ts";
import type { Io } from "../io.ts";
import { loginPath, readLogin, removeLogin, writeLogin } from "../login-file.ts";
import { type Output, outputFor } from "../output.ts";
import { keyFacts } from "../show-key.ts";
import { findTarget } from "../target.ts";
import { readTargetOptions, type TargetOptions } from "../target-options.ts";

type Options = { json?: boolean; show?: boolean };

export function loginCommands(program: Command, io: Io): void {
  const login = program
    .command("login")
    .summary("keep the address and the key of an API")
    .description(
      "Checks a key and keeps it with the address of its API, in a file that only you may read. From then on commands\nwork on that API when nothing else is said and no hookclock dev runs here.\nThe key comes from --key-file, from standard input, or is asked for on the terminal, where it is not shown.",
    );
  addApiOptions(login)
    .option("--show", "say which API commands work on, and what the key may do; keep nothing")
    .option("--json", "for programs: one JSON document")
    .addHelpText(
      "after",
      `
Examples:
  hookclock login --url https://hooks.example.com
  hookclock login --url https://hooks.example.com < key.txt
  hookclock login --show`,
    )
    .action((options: Options) => (options.show ? show(io, options) : logIn(io, options)));
  program
    .command("logout")
    .summary("forget what login keeps")
    .description(
      "Forgets the address and the key that login keeps. The key itself stays good: `hookclock key revoke` ends it.",
    )
    .option("--json", "for programs: one JSON document")
    .addHelpText("after", "\nExample:\n  hookclock logout")
    .action((options: Options) => logOut(io, options));
}

async function logIn(io: Io, options: Options): Promise<void> {
  const env = readEnv(io.env);
  const said = readTargetOptions(options);
  const url = said.apiUrl ?? env.HOOKCLOCK_URL;
  if (url === undefined)
    throw usageError("--url is missing", "say where the API is: `hookclock login --url https://...`");
  const key = await keyFor(said, env, io);
  const { insecureHttp } = said;
  const remote = remoteHooks({ url, key, insecureHttp }, io);
  try {
    const me = await remote.me();
    const path = await writeLogin(io, env, { url: remote.where, key, insecureHttp });
    say(outputFor(io, options.json ?? false), { url: remote.where, path, key: me, from: "login" }, io.now());
  } finally {
    await remote.close();
  }
}

/** From the options, standard input, or the terminal, where it is asked for without an echo. */
async function keyFor(said: TargetOptions, env: Env, io: Io): Promise<string> {
  const key = (await saidKey(said, io)) ?? env.HOOKCLOCK_KEY;
  if (key !== undefined) return key;
  const text = io.inIsTerminal ? await io.readSecret("key: ") : await io.readInput();
  if (text === null) throw new CliError("interrupted", "nothing was kept", { exitCode: EXIT.interrupted });
  if (text.trim() === "") {
    throw usageError(
      "there is no key",
      "give it by standard input, --key-file, HOOKCLOCK_KEY, or type it on a terminal",
    );
  }
  return text.trim();
}

async function show(io: Io, options: Options): Promise<void> {
  const env = readEnv(io.env);
  const said = readTargetOptions(options);
  const login = await readLogin(io, env);
  const isNamed = said.apiUrl !== undefined || env.HOOKCLOCK_URL !== undefined;
  if (login === null && !isNamed) {
    throw new CliError("not-logged-in", "you are not logged in to any API", {
      hint: "log in: `hookclock login --url URL`",
      exitCode: EXIT.notFound,
    });
  }
  // The instance that runs here would go before the login, but it is the login that was asked about.
  const apiUrl = isNamed ? said.apiUrl : login?.url;
  const { target } = await findTarget({ ...said, apiUrl }, env, io);
  if (target.kind !== "api") throw usageError("there is no API to ask");
  const remote = remoteHooks(target, io);
  try {
    const key = await remote.me();
    const isKept = login !== null && login.key === target.key;
    const document = {
      url: target.url,
      path: isKept ? loginPath(env) : null,
      key,
      from: isKept ? "login" : target.from,
    };
    say(outputFor(io, options.json ?? false), document, io.now());
  } finally {
    await remote.close();
  }
}

type Said = { url: string; path: string | null; key: ApiKey; from: string };

function say(output: Output, document: Said, now: number): void {
  output.result(document, () =>
    output.facts([
      ["API", { text: document.url, tone: "strong" }],
      ...keyFacts(document.key, now),
      ["kept in", document.path ?? `nothing: it is from the ${document.from}`],
    ]),
  );
}

async function logOut(io: Io, options: Options): Promise<void> {
  const path = await removeLogin(io, readEnv(io.env));
  const output = outputFor(io, options.json ?? false);
  output.result({ ok: true, path }, () =>
    output.lines([
      path === null ? "there was nothing to forget" : `${path} is gone; the key is good until it is revoked`,
    ]),
  );
}
