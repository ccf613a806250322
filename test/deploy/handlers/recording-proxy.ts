// What functions ask of AWS, written down: DynamoDB is passed on to a real database, SQS and Lambda are answered here.
import { createHash } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";

/** One thing that a role must allow: an action on a table, an index of one, a queue or a function. */
export type Need = { action: string; on: string };

type Body = {
  TableName?: string;
  IndexName?: string;
  RequestItems?: Record<string, unknown>;
  Statements?: { Statement: string }[];
  QueueUrl?: string;
  Entries?: { Id: string; MessageBody: string }[];
};

export type RecordingProxy = AsyncDisposable & {
  endpoint: string;
  /** Hands out what was needed since the last time, each need once. */
  take(): Need[];
  /** Operations that came in since the last time, in order. */
  takeOperations(): string[];
  /** Bodies of the messages that were put on the queue since the last time. */
  takeMessages(): string[];
};

const FORWARDED_HEADERS = [
  "content-type",
  "x-amz-target",
  "x-amz-date",
  "authorization",
  "x-amz-content-sha256",
];

export async function startRecordingProxy(database: string): Promise<RecordingProxy> {
  const needs = new Map<string, Need>();
  let messages: string[] = [];
  let operations: string[] = [];
  const server = createServer(async (request, response) => {
    const text = await readAll(request);
    const found = needsOf(request, text === "" ? {} : (JSON.parse(text) as Body));
    for (const need of found) needs.set(`${need.action} ${need.on}`, need);
    const target = String(request.headers["x-amz-target"] ?? "");
    operations.push(target.replace(/^.*\./, ""));
    if (request.url?.includes("/functions/")) return void response.writeHead(202).end();
    const json = { "content-type": "application/x-amz-json-1.0" };
    if (target.startsWith("AmazonSQS.")) {
      const { Entries = [] } = JSON.parse(text) as Body;
      messages.push(...Entries.map(({ MessageBody }) => MessageBody));
      const Successful = Entries.map(({ Id, MessageBody }) => ({
        Id,
        MessageId: Id,
        // The SDK compares it.
        MD5OfMessageBody: createHash("md5").update(MessageBody).digest("hex"),
      }));
      return void response.writeHead(200, json).end(JSON.stringify({ Successful, Failed: [] }));
    }
    const headers = Object.fromEntries(
      FORWARDED_HEADERS.flatMap((name) => {
        const value = request.headers[name];
        return typeof value === "string" ? [[name, value]] : [];
      }),
    );
    const answer = await fetch(database, { method: "POST", headers, body: text });
    response.writeHead(answer.status, json).end(await answer.text());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    take() {
      const taken = [...needs.values()];
      needs.clear();
      return taken;
    },
    takeOperations() {
      const taken = operations;
      operations = [];
      return taken;
    },
    takeMessages() {
      const taken = messages;
      messages = [];
      return taken;
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
    },
  };
}

function needsOf(request: IncomingMessage, body: Body): Need[] {
  const target = String(request.headers["x-amz-target"] ?? "");
  const invoked = /\/functions\/([^/]+)\/invocations/.exec(request.url ?? "")?.[1];
  if (invoked !== undefined) return [{ action: "lambda:InvokeFunction", on: decodeURIComponent(invoked) }];
  const operation = target.replace(/^.*\./, "");
  // SQS asks for no permission of its own for batches.
  if (target.startsWith("AmazonSQS.")) {
    return [{ action: `sqs:${operation.replace(/Batch$/, "")}`, on: new URL(body.QueueUrl ?? "").pathname }];
  }
  if (body.Statements !== undefined) return body.Statements.map(({ Statement }) => statementNeed(Statement));
  if (body.RequestItems !== undefined) {
    return Object.keys(body.RequestItems).map((table) => ({ action: `dynamodb:${operation}`, on: table }));
  }
  const on = [body.TableName ?? "?", ...(body.IndexName === undefined ? [] : ["index", body.IndexName])].join(
    "/",
  );
  return [{ action: `dynamodb:${operation}`, on }];
}

const KINDS: Record<string, string> = {
  INSERT: "Insert",
  UPDATE: "Update",
  DELETE: "Delete",
  SELECT: "Select",
};

function statementNeed(statement: string): Need {
  const kind = KINDS[/^\s*(\w+)/.exec(statement)?.[1]?.toUpperCase() ?? ""];
  const table = /"([^"]+)"/.exec(statement)?.[1];
  if (kind === undefined || table === undefined) throw new Error(`not understood: ${statement}`);
  return { action: `dynamodb:PartiQL${kind}`, on: table };
}

async function readAll(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}
