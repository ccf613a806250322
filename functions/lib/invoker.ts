// Starts invocations of a Lambda function.
import { InvokeCommand, LambdaClient, type LambdaClientConfig } from "@aws-sdk/client-lambda";
import { CLIENT_CONFIG } from "./aws-client.ts";
import type { Invoker } from "./ports.ts";

/** An invoker of one function, by name or ARN. Lambda keeps the event and starts the function when it can. */
export function makeInvoker(functionName: string, config?: LambdaClientConfig): Invoker {
  const client = new LambdaClient({ ...CLIENT_CONFIG, ...config });
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
