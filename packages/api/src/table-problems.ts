import type { TableProblem } from "hookclock";
import type { ApiDependencies } from "./ports.ts";

/** What is wrong with any of the tables that this API works on. */
export async function tableProblems({ hooks, checkOwnTables }: ApiDependencies): Promise<TableProblem[]> {
  const found = await Promise.all([hooks.checkTables(), checkOwnTables?.() ?? []]);
  return found.flat();
}
