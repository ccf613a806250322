// The suite's HTTP client: four seconds for everything, and up to eight redirects followed.
import { request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";

export type Answer = { status: number; body: Buffer };
/** Null when there was no answer at all. */
export type MaybeAnswer = Answer | null;

type Ask = {
  method: "GET" | "POST";
  url: string;
  headers?: Readonly<Record<string, string | string[]>>;
  body?: Buffer;
};

const TOTAL_MS = 4000;
const REDIRECTS_MAX = 8;

type OneAnswer = Answer & { location: string | undefined };

const once = ({ method, url, headers = {}, body }: Ask, signal: AbortSignal): Promise<OneAnswer> =>
  new Promise((resolve, reject) => {
    const request = url.startsWith("https:") ? httpsRequest : httpRequest;
    const length = body === undefined ? {} : { "content-length": String(body.length) };
    // A connection for each request: none is left open to hosts that come and go.
    const sent = request(
      url,
      { method, headers: { ...headers, ...length }, agent: false, signal },
      (answer) => {
        const chunks: Buffer[] = [];
        answer.on("data", (chunk: Buffer) => chunks.push(chunk));
        answer.on("error", reject);
        answer.on("end", () => {
          const { statusCode: status = 0, headers: received } = answer;
          resolve({ status, body: Buffer.concat(chunks), location: received.location });
        });
      },
    );
    sent.on("error", reject);
    sent.end(body);
  });

const isRedirect = (status: number): boolean => [301, 302, 303, 307, 308].includes(status);

/** One request and what it is led on to. A POST stays one only at 307 and 308. */
export const ask = async (first: Ask, redirectsMax = REDIRECTS_MAX): Promise<MaybeAnswer> => {
  const signal = AbortSignal.timeout(TOTAL_MS);
  let next = first;
  try {
    for (let hops = 0; ; hops += 1) {
      const answer = await once(next, signal);
      if (!isRedirect(answer.status) || answer.location === undefined || hops === redirectsMax) return answer;
      const url = new URL(answer.location, next.url).href;
      next = answer.status >= 307 ? { ...next, url } : { method: "GET", url };
    }
  } catch {
    return null;
  }
};

export const postForm = (url: string, form: Readonly<Record<string, string>>): Promise<MaybeAnswer> =>
  ask({
    method: "POST",
    url,
    headers: { "content-type": "application/x-www-form-urlencoded" },
    body: Buffer.from(new URLSearchParams(form).toString()),
  });

export const isSuccess = (status: number): boolean => status >= 200 && status < 300;
