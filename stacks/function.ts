// What all functions have in common.
import type { Tables } from "./tables.ts";

type FunctionArgs = sst.aws.FunctionArgs;
type Permissions = Exclude<FunctionArgs["permissions"], undefined>;

export type Parts = {
  /** Name of the file in `functions/`, and the end of the function's name. */
  name: "trigger" | "react" | "wake" | "api";
  timeout: FunctionArgs["timeout"];
  memory: FunctionArgs["memory"];
  environment: Record<string, $util.Input<string>>;
  permissions: Permissions extends $util.Input<infer List> ? List : never;
};

/** A resource of this app and stage, by a name that is known before it is made. */
export const named = (what: string): string => `${$app.name}-${$app.stage}-${what}`;

/** `arn:aws:lambda:eu-central-1:123456789012:function:hookclock-production-trigger` and the like, without the resource. */
export function arnOf(service: string, resource: string): $util.Output<string> {
  const { partition } = aws.getPartitionOutput();
  const { region } = aws.getRegionOutput();
  const { accountId } = aws.getCallerIdentityOutput();
  return $interpolate`arn:${partition}:${service}:${region}:${accountId}:${resource}`;
}

/** Names of the tables, as functions read them. */
export function tableNames({
  tasks,
  logs,
  state,
}: Pick<Tables, "tasks" | "logs" | "state">): Parts["environment"] {
  return {
    HOOKCLOCK_TASKS_TABLE: tasks.name,
    HOOKCLOCK_LOGS_TABLE: logs.name,
    HOOKCLOCK_STATE_TABLE: state.name,
  };
}

/**
 * Functions are made from these by themselves, and event sources get their ARN. Handed to an event source as arguments, SST
 * would resolve them as one, and a secret in the environment would stand open in Pulumi's state.
 */
export function functionArgs({ name, timeout, memory, environment, permissions }: Parts): FunctionArgs {
  const functionName = named(name);
  return {
    name: functionName,
    // Made by `bundles()`: what the tests measured and ran is, byte for byte, what is deployed.
    bundle: `${$cli.paths.root}/functions/dist/${name}`,
    handler: "index.handler",
    runtime: "nodejs24.x",
    // A fifth cheaper than x86_64 for the same work; nothing here is compiled for a processor.
    architecture: "arm64",
    timeout,
    memory,
    environment: { HOOKCLOCK_STAGE: $app.stage, ...environment },
    permissions: [
      ...permissions,
      {
        actions: ["logs:CreateLogStream", "logs:PutLogEvents"],
        resources: [arnOf("logs", `log-group:/aws/lambda/${functionName}:*`)],
      },
    ],
    // Every line is JSON already; Lambda's own JSON format would wrap it once more. A month is enough to look into things:
    // what happened to each task stands in the table of execution logs.
    logging: { format: "text", retention: "1 month" },
    transform: {
      role(args) {
        // Lambda's own policy allows to write to every log group of the account. The statement above names ours.
        args.managedPolicyArns = [];
        // SST would let everybody in the account take the role who may take any. Only Lambda has to.
        args.assumeRolePolicy = aws.iam.assumeRolePolicyForPrincipal({ Service: "lambda.amazonaws.com" });
      },
    },
  };
}
