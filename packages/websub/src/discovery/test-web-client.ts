// A web client on Node's own http: small, real, and without the guard of the one that is shipped.
import { request as httpRequest, type IncomingMessage } from "node:http";
import { parseEgressPolicy } from "@hookclock/core";
import type { WebAnswer, WebClient, WebFailure, WebRequest } from "@hookclock/engine";

const NO_TIME = { totalMs: 0 };

const readUpTo = async (response: IncomingMessage, bytesMax: number) => {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response) {
    chunks.push(chunk as Buffer);
    bytes += (chunk as Buffer).length;
    if (bytes > bytesMax) break;
  }
  return { body: Buffer.concat(chunks).subarray(0, bytesMax), truncated: bytes > bytesMax };
};

/** `link` comes as a list of lines from some parsers and as one from others; here all are joined. */
const joinedHeaders = (response: IncomingMessage): Record<string, string> =>
  Object.fromEntries(
    Object.entries(response.headersDistinct).map(([name, values = []]) => [name, values.join(", ")]),
  );

const send = (request: WebRequest): Promise<WebAnswer | WebFailure> =>
  new Promise((resolve) => {
    const { url, method, headers = {}, timeoutMs, answerBytesMax } = request;
    const fail = (word: WebFailure["word"], message: string) =>
      resolve({ kind: "unreachable", word, message, timings: NO_TIME });
    const outgoing = httpRequest(url, { method, headers, agent: false }, (response) => {
      void readUpTo(response, answerBytesMax).then(
        ({ body, truncated }) =>
          resolve({
            kind: "answered",
            status: response.statusCode ?? 0,
            headers: joinedHeaders(response),
            body,
            truncated,
            timings: NO_TIME,
          }),
        (error: Error) => fail("closed", error.message),
      );
    });
    outgoing.setTimeout(timeoutMs, () => {
      fail("timeout", "no answer in time");
      outgoing.destroy();
    });
    outgoing.on("error", (error: NodeJS.ErrnoException) =>
      fail(error.code === "ECONNREFUSED" ? "refused" : "reset", error.message),
    );
    outgoing.end(request.body);
  });

/** May talk to this machine, unless told otherwise. */
export const testWebClient = (allow: readonly string[] = ["127.0.0.1"]): WebClient => ({
  egress: parseEgressPolicy({ allow }),
  send,
});
