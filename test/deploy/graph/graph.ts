// What the graph of resources looks like on disk: written by the child process that makes it, read by the tests.

export type Resource = {
  /** `aws:dynamodb/table:Table` and the like. */
  type: string;
  name: string;
  /** URN of the component that made it. */
  parent: string;
  inputs: Record<string, unknown>;
  protect: boolean;
  retainOnDelete: boolean;
};
/** A function as SST's own build was asked for it. */
export type FunctionBuild = {
  functionID: string;
  handler: string;
  bundle: string;
  runtime: string;
  links: Record<string, unknown>;
};
export type Graph = {
  app: Record<string, unknown>;
  resources: Resource[];
  builds: FunctionBuild[];
  /** What a deployment prints at its end. */
  outputs: Record<string, unknown>;
};

/** How an input that is a secret is written into the graph. */
export const SECRET_MARK = "secret:";
export const REGION = "eu-central-1";
export const ACCOUNT = "123456789012";
