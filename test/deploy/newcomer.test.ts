import { execFile } from "node:child_process";
import { chmodSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";
import { startDynalite } from "@hookclock/testkit";
import Hooks, { createApiState } from "hookclock";
import { expect, onTestFinished, test } from "vitest";
import { buildIfStale, temporaryFolder } from "../cli/support.ts";
import { ROOT } from "./platform.ts";

// The commands of docs/deploy.md that hookclock itself answers, typed as they stand there: on a database that is reached as
// AWS is, by its region and the credentials of the shell.

const run = promisify(execFile);
const COMMANDS_TIMEOUT_MS = 60_000;
const page = readFileSync(join(ROOT, "docs/deploy.md"), "utf8");
const NAMES = {
  apiTableName: "hookclock-production-ApiTable-hoawdzkc",
  tasksTableName: "hookclock-production-TasksTable-kxbvmnwe",
  logsTableName: "hookclock-production-LogsTable-zrfsadut",
};

/** The block of the page that holds these words. */
function blockWith(words: string): string {
  const blocks = [...page.matchAll(/```bash\n([\s\S]*?)```/g)].map(([, block = ""]) => block);
  const found = blocks.filter((block) => block.includes(words));
  expect(found).toHaveLength(1);
  return found[0] ?? "";
}

test(
  "the first key is made as the page says, for nobody else to read; shards are added as it says",
  async () => {
    buildIfStale();
    using folder = temporaryFolder();
    const database = await startDynalite();
    onTestFinished(() => database.stop());
    const at = { endpoint: database.endpoint, createTable: true };
    const state = createApiState({ ...at, apiTableName: NAMES.apiTableName });
    const hooks = new Hooks({
      ...at,
      tasksTableName: NAMES.tasksTableName,
      logsTableName: NAMES.logsTableName,
    });
    await Promise.all([state.ready(), hooks.ready()]);
    const bin = join(folder.path, "bin");
    mkdirSync(bin);
    const command = join(ROOT, "packages/hookclock/bin/hookclock.mjs");
    writeFileSync(join(bin, "npx"), `#!/bin/sh\nshift\nexec "${process.execPath}" "${command}" "$@"\n`);
    chmodSync(join(bin, "npx"), 0o755);
    const env = {
      PATH: `${bin}${delimiter}${process.env["PATH"]}`,
      ...{ HOME: folder.path, AWS_ENDPOINT_URL: database.endpoint, AWS_REGION: "us-east-1" },
      ...{ AWS_ACCESS_KEY_ID: "local", AWS_SECRET_ACCESS_KEY: "local" },
    };
    const type = (script: string) => run("bash", ["-e", "-c", script], { cwd: folder.path, env });

    const { stdout } = await type(`${blockWith("key create")}\necho "$AUTH"`);
    const token = /^Authorization: Bearer (hc_\S+)$/m.exec(stdout)?.[1] ?? "";
    const key = await state.keys.verify(token);
    expect(key).toMatchObject({ name: "ops", namespaces: ["*"], permission: "admin" });
    expect(statSync(join(folder.path, "key.txt")).mode & 0o077).toBe(0);

    const [, grow = ""] = /`(npx hookclock tables grow[^`]*?) …`/.exec(page) ?? [];
    expect(grow).toContain("--aws");
    await type(`${grow} --tasks-table ${NAMES.tasksTableName} --logs-table ${NAMES.logsTableName}`);
    await hooks.close();
    await state.close();
  },
  COMMANDS_TIMEOUT_MS,
);
