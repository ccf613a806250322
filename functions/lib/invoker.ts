// Starts invocations of a Lambda function.
import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import type { Invoker } from "./ports.ts";

/** An invoker of one function, by name or ARN. Lambda keeps the event and starts the function when it can. */
export function makeInvoker(functionName: string, client = new LambdaClient({})): Invoker {
  return {
    async invoke(share) {
      await client.send(
        new InvokeCommand({
          FunctionName: functionName,
          InvocationType: "Event",
          Payload: new TextEncoder().encode(JSON.stringify(share)),
        }),
      );
    },
  };
}
