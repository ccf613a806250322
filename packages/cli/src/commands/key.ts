// The keys of an API: made, listed, ended. In its table, or through an API with a key that has permission admin.

import { keyIdOf } from "@hookclock/core";
import { type Command, InvalidArgumentError, Option } from "commander";
import { PERMISSIONS, type Permission } from "hookclock";
import { withKeys } from "../context.ts";
import { CliError } from "../errors.ts";
import { EXIT } from "../exit-codes.ts";
import type { Io } from "../io.ts";
import { addTarget, collect } from "../options.ts";
import { keyColumns, keyFacts } from "../show-key.ts";
import { parseDuration, parseTime } from "../times.ts";

export function keyCommand(program: Command, io: Io): void {
  const key = program
    .command("key")
    .summary("make, list and revoke keys of the API")
    .description("The keys that open the HTTP API: each for some namespaces, to read, write or administer.");
  createCommand(key, io);
  listCommand(key, io);
  revokeCommand(key, io);
}

type CreateOptions = {
  name: string;
  namespace: string[];
  permission: Permission;
  expires?: number;
  quiet?: boolean;
};

function createCommand(parent: Command, io: Io): void {
  const command = parent
    .command("create")
    .summary("make a key; its token is shown once")
    .description("Makes a key and shows its token, this once: only a hash of it is kept.")
    .requiredOption("--name <name>", "for people: who or what uses it")
    .requiredOption(
      "-n, --namespace <name>",
      'what it opens (repeat); "*" = all namespaces and the system',
      collect,
    )
    .addOption(
      new Option("--permission <permission>", "each includes the ones before")
        .choices([...PERMISSIONS])
        .makeOptionMandatory(),
    )
    .option("--expires <when>", "ends by itself: after 90d, or at a date (default: never)", expiry(io.now))
    .option("-q, --quiet", "print the token alone");
  addTarget(command)
    .addHelpText(
      "after",
      `
Examples:
  hookclock key create --name ci --namespace billing --permission write --expires 90d
  (umask 077; hookclock key create --name ops --namespace "*" --permission admin --aws --quiet > key.txt)
  hookclock --url https://hooks.example.com key create --name dashboard -n billing -n shop --permission read`,
    )
    .action((options: CreateOptions) =>
      withKeys(io, options, async ({ keys, output }) => {
        const { name, namespace: namespaces, permission, expires, quiet } = options;
        const { key, token } = await keys.create({
          ...{ name, namespaces, permission },
          ...(expires === undefined ? {} : { expiresDate: new Date(expires) }),
        });
        output.result({ token, key }, () => {
          if (quiet) return output.lines([token]);
          output.facts([...keyFacts(key, io.now()), ["token", { text: token, tone: "strong" }]]);
        });
        output.remark("the token is not shown again: keep it where secrets are kept");
      }),
    );
}

/** `90d` from now, or a time as all others are written. */
const expiry =
  (now: () => number) =>
  (text: string): number => {
    const ms = parseDuration(text);
    const at = ms === undefined ? parseTime(text, now()) : now() + ms;
    if (at === undefined)
      throw new InvalidArgumentError("A length of time or a date is expected: 90d, 12h, 2031-01-01.");
    return at;
  };

function listCommand(parent: Command, io: Io): void {
  const command = parent
    .command("list")
    .alias("ls")
    .summary("show the keys, never their tokens")
    .description(
      "Shows the keys; revoked and expired ones for 30 days more. Tokens are not kept and cannot be shown.",
    );
  addTarget(command)
    .addHelpText("after", "\nExample:\n  hookclock key list --aws")
    .action((options: object) =>
      withKeys(io, options, async ({ keys, output }) => {
        const items = await keys.list();
        output.result({ items, count: items.length }, () => {
          if (items.length === 0)
            return output.lines(["there are no keys; make one with `hookclock key create`"]);
          output.table(items, keyColumns(io.now()));
        });
      }),
    );
}

function revokeCommand(parent: Command, io: Io): void {
  const command = parent
    .command("revoke")
    .argument(
      "<id>",
      "id of the key: the 16 characters after hc_ in its token; of a token that leaked, all of it will do",
    )
    .summary("end a key for good")
    .description(
      "Ends a key for good. Processes of the API that know it already may take it for ten seconds more.",
    );
  addTarget(command)
    .addHelpText("after", "\nExample:\n  hookclock key revoke 0123456789abcdef --aws")
    .action((id: string, options: object) =>
      withKeys(io, options, async ({ keys, output }) => {
        const key = await keys.revoke(keyIdOf(id) ?? id);
        if (key === null) {
          throw new CliError("not-found", `there is no key "${shownId(id)}"`, {
            exitCode: EXIT.notFound,
            hint: "see which there are: hookclock key list",
          });
        }
        output.result(key, () => output.lines([`${key.name} (${key.id}) is revoked`]));
      }),
    );
}

/** Somebody may give the whole token where its id is wanted. */
const shownId = (id: string): string => (/^[0-9a-f]{1,16}$/.test(id) ? id : `${id.slice(0, 4)}…`);
