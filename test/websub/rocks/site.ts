// The site that plays the suite: one server on loopback, a fresh token for each test.
import { randomInt } from "node:crypto";
import { type ReceivedRequest, startReceiver } from "@hookclock/testkit";

export type Visit = {
  method: string;
  /** As a whole, for resolving against. */
  url: string;
  /** What follows the token: `hub`, or nothing. */
  rest: string;
  query: URLSearchParams;
  headers: ReceivedRequest["headers"];
  /** A header as often as it came. */
  distinct(name: string): string[];
  body: Buffer;
};
export type Page = { status: number; headers?: Record<string, string | string[]>; body?: string | Buffer };
type Room = (visit: Visit) => Page | Promise<Page>;

export type Site = AsyncDisposable & {
  url: string;
  /** A path of one's own, `<url>/<path>/<token>`, served from now on. Other tokens are 404. */
  open(path: string, room: Room): string;
};

const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
const TOKEN_LENGTH = 20;

/** Twenty letters and digits: tokens, secrets and challenges alike. */
export const randomToken = (): string =>
  Array.from({ length: TOKEN_LENGTH }, () => LETTERS[randomInt(LETTERS.length)]).join("");

const distinctHeaders =
  (rawHeaders: readonly string[]) =>
  (name: string): string[] =>
    rawHeaders.filter(
      (_, position) => position % 2 === 1 && rawHeaders[position - 1]?.toLowerCase() === name,
    );

export const startSite = async (): Promise<Site> => {
  const rooms = new Map<string, Room>();
  const receiver = await startReceiver(async (request) => {
    const url = new URL(request.url, receiver.url);
    const prefix = [...rooms.keys()].find(
      (path) => url.pathname === path || url.pathname.startsWith(`${path}/`),
    );
    const room = prefix === undefined ? undefined : rooms.get(prefix);
    if (prefix === undefined || room === undefined) return 404;
    return room({
      method: request.method,
      url: url.href,
      rest: url.pathname.slice(prefix.length + 1),
      query: url.searchParams,
      headers: request.headers,
      distinct: distinctHeaders(request.rawHeaders),
      body: request.body,
    });
  });
  return {
    url: receiver.url,
    open: (path, room) => {
      const prefix = `/${path}/${randomToken()}`;
      rooms.set(prefix, room);
      return `${receiver.url}${prefix}`;
    },
    [Symbol.asyncDispose]: () => receiver.close(),
  };
};
