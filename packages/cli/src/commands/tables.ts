import type { Command } from "commander";
import { createApiState, createState, type TableProblem } from "hookclock";
import { apiStateOptions, type Context, stateOptions, withDatabase, withHooks } from "../context.ts";
import { CliError } from "../errors.ts";
import { EXIT } from "../exit-codes.ts";
import type { Io } from "../io.ts";
import { addTarget, wholeNumber } from "../options.ts";
import type { DatabaseTarget } from "../target.ts";

export function tablesCommand(program: Command, io: Io): void {
  const tables = program
    .command("tables")
    .summary("create, check and grow the tables")
    .description(
      "The DynamoDB tables: tasks, execution logs, keys and records of the HTTP API, and the state of WebSub.",
    );
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
        await withTables(target, { createTable: true }, async ({ api, state }) => {
          await Promise.all([api.ready(), state.ready()]);
        });
        const { tasksTableName, logsTableName, apiTableName, stateTableName } = target;
        output.result({ ok: true, tasksTableName, logsTableName, apiTableName, stateTableName }, () =>
          output.lines([
            `${tasksTableName}, ${logsTableName}, ${apiTableName} and ${stateTableName} are there and fit (${target.name})`,
          ]),
        );
      });
    });
}

type Tables = { api: ReturnType<typeof createApiState>; state: ReturnType<typeof createState> };

/** The tables beside those of the tasks. */
async function withTables<Result>(
  target: DatabaseTarget,
  more: { createTable?: boolean },
  work: (tables: Tables) => Promise<Result>,
): Promise<Result> {
  const api = createApiState({ ...apiStateOptions(target), ...more });
  const state = createState({ ...stateOptions(target), ...more });
  try {
    return await work({ api, state });
  } finally {
    await Promise.all([api.close(), state.close()]);
  }
}

function checkCommand(tables: Command, io: Io): void {
  const command = tables
    .command("check")
    .summary("say what is wrong with the tables; change nothing")
    .description(
      "Says what is missing or different; changes nothing. Exit code 5 when something is. The tables of the API and\nof WebSub may be missing where neither is served, unless they are named.",
    );
  addTarget(command)
    .addHelpText("after", "\nExample:\n  hookclock tables check --endpoint http://127.0.0.1:8000")
    .action((options: Named) =>
      withHooks(io, options, async (context) => {
        const { hooks, output, target } = context;
        const problems = await hooks.checkTables();
        const { more, leftOut } = await otherProblems(context, options);
        problems.push(...more);
        output.result({ ok: problems.length === 0, problems }, () =>
          output.lines(problems.length === 0 ? [`the tables fit (${target.name})`] : problems.map(lineOf)),
        );
        for (const one of leftOut) output.remark(`there is no table for ${one} needs`);
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

type Named = { apiTable?: string; stateTable?: string };
type Others = { more: TableProblem[]; leftOut: string[] };

/** What is wrong with the tables that not everybody needs. An API says it together with the others. */
async function otherProblems({ target, env }: Context, { apiTable, stateTable }: Named): Promise<Others> {
  if (target.kind === "api") return { more: [], leftOut: [] };
  const [ofApi, ofState] = await withTables(target, {}, ({ api, state }) =>
    Promise.all([api.checkTable(), state.checkTable()]),
  );
  const isApiNamed = (apiTable ?? env.HOOKCLOCK_API_TABLE) !== undefined;
  const isStateNamed = (stateTable ?? env.HOOKCLOCK_STATE_TABLE) !== undefined;
  const isApiLeftOut = ofApi.some(isMissing) && !isApiNamed;
  const isStateLeftOut = ofState.some(isMissing) && !isStateNamed;
  return {
    more: [...(isApiLeftOut ? [] : ofApi), ...(isStateLeftOut ? [] : ofState)],
    leftOut: [
      ...(isApiLeftOut ? ["the HTTP API, which only the API"] : []),
      ...(isStateLeftOut ? ["subscriptions and consumers, which only WebSub"] : []),
    ],
  };
}

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
