// Refusals before the API itself is asked, in its own form (RFC 9457).
import type { ServerResponse } from "node:http";

export type Problem = { status: number; code: string; title: string; detail: string };

const bodyOf = (requestId: string, { code, ...rest }: Problem): string =>
  JSON.stringify({ type: `urn:hookclock:problem:${code}`, ...rest, code, requestId });

const headersOf = (requestId: string): Record<string, string> => ({
  "content-type": "application/problem+json",
  "x-request-id": requestId,
});

export const problemResponse = (requestId: string, problem: Problem): Response =>
  new Response(bodyOf(requestId, problem), { status: problem.status, headers: headersOf(requestId) });

export function sendProblem(response: ServerResponse, requestId: string, problem: Problem): void {
  for (const [name, value] of Object.entries(headersOf(requestId))) response.setHeader(name, value);
  // What else the caller sends is not read.
  response.setHeader("connection", "close");
  response.statusCode = problem.status;
  response.end(bodyOf(requestId, problem));
}

/** `publicHosts`: those of the tunnel, the shortest first. */
export const notForUs = ([publicHost]: readonly string[]): Problem => {
  const names = publicHost === undefined ? "localhost and [::1]" : `localhost, [::1] and ${publicHost}`;
  return {
    ...{ status: 403, code: "forbidden", title: "Forbidden" },
    detail: `this API answers to requests for 127.0.0.1, ${names} only`,
  };
};
export const FOREIGN_PAGE: Problem = {
  status: 403,
  code: "forbidden",
  title: "Forbidden",
  detail: "pages of other sites may change nothing here",
};
export const UNREADABLE: Problem = {
  status: 400,
  code: "invalid-input",
  title: "Bad Request",
  detail: "the target of the request cannot be read as a URL",
};
export const STARTING: Problem = {
  status: 503,
  code: "store-unavailable",
  title: "Service Unavailable",
  detail: "this instance is starting; try again in a moment",
};
export const FAULT: Problem = {
  status: 500,
  code: "internal",
  title: "Internal Server Error",
  detail: "the request failed for a reason of our own",
};
