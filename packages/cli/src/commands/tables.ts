import type { Command } from "commander";
import { createApiState, type TableProblem } from "hookclock";
import { type Context, stateOptions, withDatabase, withHooks } from "../context.ts";
import { CliError } from "../errors.ts";
import { EXIT } from "../exit-codes.ts";
import type { Io } from "../io.ts";
import { addTarget, wholeNumber } from "../options.ts";
import type { DatabaseTarget } from "../target.ts";

export function tablesCommand(program: Command, io: Io): void {
  const tables = program
    .command("tables")
    .summary("create, check and grow the tables")
    .description("The DynamoDB tables: tasks, execution logs, and keys and records of the HTTP API.");
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
      return withDatabase(io, options, { what: "tables create", more }, async ({ hooks, output, target }) => {
        await hooks.ready();
        await withState(target, { createTable: true }, (state) => state.ready());
        const { tasksTableName, logsTableName, apiTableName } = target;
        output.result({ ok: true, tasksTableName, logsTableName, apiTableName }, () =>
          output.lines([
            `${tasksTableName}, ${logsTableName} and ${apiTableName} are there and fit (${target.name})`,
          ]),
        );
      });
    });
}

async function withState<Result>(
  target: DatabaseTarget,
  more: { createTable?: boolean },
  work: (state: ReturnType<typeof createApiState>) => Promise<Result>,
): Promise<Result> {
  const state = createApiState({ ...stateOptions(target), ...more });
  try {
    return await work(state);
  } finally {
    await state.close();
  }
}

function checkCommand(tables: Command, io: Io): void {
  const command = tables
    .command("check")
    .summary("say what is wrong with the tables; change nothing")
    .description(
      "Says what is missing or different; changes nothing. Exit code 5 when something is. The API's table may be missing\nwhere no API is served, unless it is named.",
    );
  addTarget(command)
    .addHelpText("after", "\nExample:\n  hookclock tables check --endpoint http://127.0.0.1:8000")
    .action((options: { apiTable?: string }) =>
      withHooks(io, options, async (context) => {
        const { hooks, output, target, env } = context;
        const isApiWanted = (options.apiTable ?? env.HOOKCLOCK_API_TABLE) !== undefined;
        const problems = await hooks.checkTables();
        const ofApi = await apiTableProblems(context);
        const isLeftOut = ofApi.some(isMissing) && !isApiWanted;
        if (!isLeftOut) problems.push(...ofApi);
        output.result({ ok: problems.length === 0, problems }, () =>
          output.lines(problems.length === 0 ? [`the tables fit (${target.name})`] : problems.map(lineOf)),
        );
        if (isLeftOut) output.remark("there is no table for the HTTP API, which only the API needs");
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

/** An API says it together with the others. */
const apiTableProblems = async ({ target }: Context): Promise<TableProblem[]> =>
  target.kind === "api" ? [] : withState(target, {}, (state) => state.checkTable());

const isMissing = ({ problem }: TableProblem): boolean => problem === "does not exist";
const lineOf = ({ table, index, problem }: TableProblem): string =>
  `- table ${table}${index === undefined ? "" : `, index ${index}`} ${problem}`;

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
