// A real client whose requests a test can spoil: before they are sent, or after they were carried out.
import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { localClient } from "./open-stores.ts";

type Input = Record<string, unknown>;
type Output = Record<string, unknown>;
/** Sees each request of the SDK's caller; may change it, answer it, or throw. */
export type Interceptor = (
  operation: string,
  input: Input,
  send: (input: Input) => Promise<Output>,
) => Promise<Output>;

export type ScriptedClient = {
  client: DynamoDBClient;
  intercept(interceptor: Interceptor): void;
  /** The next request of this operation is carried out, then its answer is lost once; the SDK sends it again. */
  loseAnswer(operation: string): void;
  /** Names of the operations sent, the SDK's own repeats included. */
  sent: string[];
};

export const sdkError = (name: string, message = name): Error => Object.assign(new Error(message), { name });

export function scriptedClient(endpoint: string): ScriptedClient {
  const client = localClient(endpoint);
  const sent: string[] = [];
  const losses: string[] = [];
  let interceptor: Interceptor = (_operation, input, send) => send(input);
  const nameOf = (context: { commandName?: string }): string =>
    (context.commandName ?? "").replace(/Command$/, "");

  client.middlewareStack.add(
    (next, context) => async (args) => {
      const metadata = { httpStatusCode: 200 };
      const send = async (input: Input): Promise<Output> => {
        const answer = await next({ ...args, input } as typeof args);
        return answer.output as unknown as Output;
      };
      const output = await interceptor(nameOf(context), args.input as Input, send);
      return { output: { $metadata: metadata, ...output } as never, response: {} };
    },
    { step: "initialize", name: "scripted" },
  );
  client.middlewareStack.add(
    (next, context) => async (args) => {
      const operation = nameOf(context as { commandName?: string });
      sent.push(operation);
      const result = await next(args);
      const index = losses.indexOf(operation);
      if (index < 0) return result;
      losses.splice(index, 1);
      throw sdkError("TimeoutError", "the answer was lost");
    },
    // Inside the SDK's retries: it sees a request that timed out.
    { step: "deserialize", name: "losing", priority: "high" },
  );
  return {
    client,
    sent,
    intercept: (next) => {
      interceptor = next;
    },
    loseAnswer: (operation) => void losses.push(operation),
  };
}
