import type { Command } from "commander";
import { withHooks } from "../context.ts";
import { CliError } from "../errors.ts";
import { EXIT } from "../exit-codes.ts";
import type { Io } from "../io.ts";
import { addTarget, wholeNumber } from "../options.ts";

export function tablesCommand(program: Command, io: Io): void {
  const tables = program
    .command("tables")
    .summary("create, check and grow the two tables")
    .description("The two DynamoDB tables: tasks, and execution logs.");
  createCommand(tables, io);
  checkCommand(tables, io);
  growCommand(tables, io);
}

function createCommand(tables: Command, io: Io): void {
  const command = tables
    .command("create")
    .summary("create what is missing")
    .description(
      "Creates the tables that are missing, with their indexes and TTL; leaves alone what is there.",
    )
    .option("--shards <count>", "shards of the due index of new tables (default: 8)", wholeNumber(1, 256));
  addTarget(command)
    .addHelpText(
      "after",
      "\nExample:\n  hookclock tables create --aws --region eu-west-1 --tasks-table tasks --logs-table logs",
    )
    .action((options: { shards?: number }) => {
      const more = { createTable: true, ...(options.shards === undefined ? {} : { shards: options.shards }) };
      return withHooks(
        io,
        options,
        async ({ hooks, output, target }) => {
          await hooks.ready();
          const { tasksTableName, logsTableName } = target;
          output.result({ ok: true, tasksTableName, logsTableName }, () =>
            output.lines([`${tasksTableName} and ${logsTableName} are there and fit (${target.name})`]),
          );
        },
        more,
      );
    });
}

function checkCommand(tables: Command, io: Io): void {
  const command = tables
    .command("check")
    .summary("say what is wrong with the tables; change nothing")
    .description("Says what is missing or different; changes nothing. Exit code 5 when something is.");
  addTarget(command)
    .addHelpText("after", "\nExample:\n  hookclock tables check --endpoint http://127.0.0.1:8000")
    .action((options: object) =>
      withHooks(io, options, async ({ hooks, output, target }) => {
        const problems = await hooks.checkTables();
        output.result({ ok: problems.length === 0, problems }, () =>
          output.lines(
            problems.length === 0
              ? [`${target.tasksTableName} and ${target.logsTableName} fit (${target.name})`]
              : problems.map((problem) => `- ${problem}`),
          ),
        );
        if (problems.length === 0) return;
        throw new CliError(
          "table-mismatch",
          `the tables are not as they should be: ${problems.length} found`,
          {
            exitCode: EXIT.database,
            hint: "make what is missing with `hookclock tables create`",
          },
        );
      }),
    );
}

function growCommand(tables: Command, io: Io): void {
  const command = tables
    .command("grow")
    .argument("<shards>", "new number of shards", wholeNumber(1, 256))
    .summary("spread the due index over more shards")
    .description("Spreads the due index over more shards. New tasks use them after two minutes.");
  addTarget(command)
    .addHelpText("after", "\nExample:\n  hookclock tables grow 32 --aws")
    .action((shards: number, options: object) =>
      withHooks(io, options, async ({ hooks, output }) => {
        await hooks.growShards(shards);
        output.result({ ok: true, shards }, () =>
          output.lines([`the due index grows to ${shards} shards; new tasks use them after two minutes`]),
        );
      }),
    );
}
