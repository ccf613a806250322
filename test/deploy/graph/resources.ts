// Questions to a graph of resources, in the words of the tests.
import type { Graph, Resource } from "./graph.ts";

export type Statement = { actions: string[]; resources: string[] };
export type Policy = { statements: Statement[] };

/** Resources whose names end with something made up anew each time. */
const NAMED_BY_CHANCE = /^aws:(apigatewayv2\/api|dynamodb\/table|iam\/role|sqs\/queue):/;

export class Resources {
  readonly graph: Graph;
  /** Such names, longest first, with the resource's own name in braces. */
  readonly #names: [string, string][];

  constructor(graph: Graph) {
    this.graph = graph;
    this.#names = graph.resources
      .filter(({ type }) => NAMED_BY_CHANCE.test(type))
      .map(({ name, inputs }): [string, string] => [String(inputs["name"]), `{${name}}`])
      .sort(([a], [b]) => b.length - a.length);
  }

  ofType(type: string): Resource[] {
    return this.graph.resources.filter((resource) => resource.type === type);
  }

  /** The one of its type with this name, or whose name starts with it. Throws when there is not exactly one. */
  one(type: string, name: string): Resource {
    const found = this.ofType(type).filter((resource) => resource.name.startsWith(name));
    const [only] = found;
    if (only === undefined || found.length > 1) {
      const there = this.ofType(type).map((resource) => resource.name);
      throw new Error(`${found.length} of ${type} are named ${name}; there are ${there.join(", ")}`);
    }
    return only;
  }

  /** A Lambda function by its file in `functions/`. */
  fn(file: string): Resource {
    const wanted = `hookclock-${String(this.graph.app["stage"])}-${file}`;
    const found = this.ofType("aws:lambda/function:Function").find(({ inputs }) => inputs["name"] === wanted);
    if (found === undefined) throw new Error(`no function is named ${wanted}`);
    return found;
  }

  /** What a function may do: its inline statements. */
  statementsOf(file: string): Statement[] {
    const arn = String(this.fn(file).inputs["role"]);
    const role = this.ofType("aws:iam/role:Role").find(({ inputs }) =>
      arn.endsWith(`/${String(inputs["name"])}`),
    );
    return role === undefined ? [] : this.policyOf(role);
  }

  policyOf(role: Resource): Statement[] {
    const inline = (role.inputs["inlinePolicies"] ?? []) as { policy: string }[];
    return inline
      .flatMap(({ policy }) => (JSON.parse(policy) as Policy).statements)
      .map(({ actions, resources }) => ({
        actions: [...actions].sort(),
        resources: resources.map((one) => this.readable(one)),
      }));
  }

  /** An ARN or address with names of resources in place of names that AWS knows. */
  readable(text: string): string {
    return this.#names.reduce((so, [physical, logical]) => so.replaceAll(physical, logical), text);
  }
}
