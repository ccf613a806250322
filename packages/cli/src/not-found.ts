import { CliError } from "./errors.ts";
import { EXIT } from "./exit-codes.ts";

/** Of subscriptions, consumers and what belongs to them. */
export const nothingCalled = (what: string, id: string, namespace: string, list: string): CliError =>
  new CliError("not-found", `there is no ${what} "${id}" in namespace "${namespace}"`, {
    exitCode: EXIT.notFound,
    hint: `see which there are: hookclock ${list} -n ${namespace}`,
  });

export const notFound = (namespace: string, id: string): CliError =>
  new CliError("not-found", `there is no task "${id}" in namespace "${namespace}"`, {
    exitCode: EXIT.notFound,
    hint: `see which there are: hookclock task list -n ${namespace}`,
  });
