import { CliError } from "./errors.ts";
import { EXIT } from "./exit-codes.ts";

export const notFound = (namespace: string, id: string): CliError =>
  new CliError("not-found", `there is no task "${id}" in namespace "${namespace}"`, {
    exitCode: EXIT.notFound,
    hint: `see which there are: hookclock task list -n ${namespace}`,
  });
