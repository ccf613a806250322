import { WEBSUB_VARIABLES } from "../packages/core/src/settings/websub-variables.ts";

/** What the shell of the deployment, or the project's .env, says about WebSub: the functions get it as it is. */
export function webSubEnvironment(environment: Readonly<Record<string, string | undefined>>) {
  const said = Object.values(WEBSUB_VARIABLES).map((name) => [name, environment[name] ?? ""] as const);
  return Object.fromEntries(said.filter(([, value]) => value !== ""));
}
