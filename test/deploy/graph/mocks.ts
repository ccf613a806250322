// Pulumi's mocks: what AWS would have answered, as far as resources ask each other for it.
import { ACCOUNT, REGION, SECRET_MARK } from "./graph.ts";

type Inputs = Record<string, unknown>;

const arn = (service: string, rest: string): string => `arn:aws:${service}:${REGION}:${ACCOUNT}:${rest}`;

/** What a resource of a type has once it is made, by its name. */
const MADE: Record<string, (name: string, inputs: Inputs) => Inputs> = {
  "aws:apigatewayv2/api:Api": (name) => ({
    apiEndpoint: `https://${name}.example`,
    executionArn: arn("execute-api", name),
  }),
  "aws:cloudwatch/logGroup:LogGroup": (name) => ({ arn: arn("logs", `log-group:${name}`) }),
  "aws:dynamodb/table:Table": (name) => ({
    arn: arn("dynamodb", `table/${name}`),
    streamArn: arn("dynamodb", `table/${name}/stream/2026-01-01T00:00:00.000`),
  }),
  "aws:iam/role:Role": (name) => ({ arn: `arn:aws:iam::${ACCOUNT}:role/${name}` }),
  "aws:lambda/function:Function": (name) => ({ arn: arn("lambda", `function:${name}`) }),
  "aws:sns/topic:Topic": (name) => ({ arn: arn("sns", name) }),
  "aws:sqs/queue:Queue": (name) => ({
    arn: arn("sqs", name),
    url: `https://sqs.${REGION}.amazonaws.com/${ACCOUNT}/${name}`,
  }),
  "random:index/randomBytes:RandomBytes": () => ({ base64: Buffer.alloc(32).toString("base64") }),
};

export function madeOf(type: string, name: string, inputs: Inputs): Inputs {
  const physicalName = typeof inputs["name"] === "string" ? inputs["name"] : name;
  return { name: physicalName, ...inputs, ...MADE[type]?.(physicalName, inputs) };
}

/** Answers of functions such as `aws.getRegion`. */
export function answerOf(token: string, inputs: Inputs): Inputs {
  switch (token) {
    case "aws:index/getRegion:getRegion":
      return { region: REGION, id: REGION };
    case "aws:index/getPartition:getPartition":
      return { partition: "aws" };
    case "aws:index/getCallerIdentity:getCallerIdentity":
      return { accountId: ACCOUNT };
    case "aws:iam/getPolicyDocument:getPolicyDocument":
      return { ...inputs, json: JSON.stringify(inputs) };
    default:
      throw new Error(`the mocks have no answer for ${token}`);
  }
}

/** Pulumi's mark of a value that is kept secret in its state. */
const SIGNATURE = "4dabf18193072939515e22adb298388d";
const SECRET_SIGNATURE = "1b47061264138c4ac30d75fd1eb44270";

/** Secrets as text with a mark before it; assets and archives as what they are called. */
export function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== "object" || value === null) return value;
  const fields = value as Inputs;
  if (fields[SIGNATURE] === SECRET_SIGNATURE) {
    const inner = plain(fields["value"]);
    return `${SECRET_MARK}${typeof inner === "string" ? inner : JSON.stringify(inner)}`;
  }
  return Object.fromEntries(Object.entries(fields).map(([name, one]) => [name, plain(one)]));
}
