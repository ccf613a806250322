// How states and answers are said, the same on the live screen, in plain lines and in tables of commands.

import { STATUS_CODES } from "node:http";
import type { Status } from "@hookclock/core";
import { durationText } from "./format.ts";
import type { Tone } from "./paint.ts";

export function toneOfStatus(status: Status, reason: string | null): Tone {
  switch (status) {
    case "DONE":
      return "good";
    case "FAILED":
      return "bad";
    case "PROCESSING":
      return "busy";
    case "SUSPENDED":
      return "wait";
    case "ACTIVE":
      return reason === "retrying" ? "wait" : "plain";
  }
}

/** `FAILED gone`; a reason that only repeats the status is left out. */
export function statusText(status: Status, reason: string | null): string {
  const obvious = reason === null || reason === "max-repeat" || reason === "suspended-by-user";
  return obvious ? status : `${status} ${reason}`;
}

/** `200 OK`, `timeout`, or nothing when nothing ran yet. */
export function answerText(responseStatus: number, error: string | null): string {
  if (responseStatus > 0) return `${responseStatus} ${STATUS_CODES[responseStatus] ?? ""}`.trim();
  return error ?? "";
}

export const toneOfAnswer = (responseStatus: number, error: string | null): Tone =>
  responseStatus >= 200 && responseStatus <= 299
    ? "good"
    : responseStatus > 0 || error !== null
      ? "bad"
      : "plain";

/** When the next attempt is due, seen from now. */
export function nextText(nextAt: number | null, now: number, retrying: boolean): string {
  if (nextAt === null) return "";
  const what = retrying ? "retry " : "";
  if (nextAt <= now)
    return `${what}due${now - nextAt >= 1_000 ? ` ${durationText(now - nextAt)} ago` : " now"}`;
  return `${what}in ${durationText(Math.max(100, nextAt - now))}`;
}

type Api = { apiUrl: string; apiKeyFile: string };

/** A first request, to be copied into a shell. */
export const curlLine = ({ apiUrl, apiKeyFile }: Api): string =>
  `curl -H "Authorization: Bearer $(cat ${shellWord(apiKeyFile)})" ${apiUrl}/v1/me`;

const shellWord = (text: string): string =>
  /^[\w./@%+,:-]+$/.test(text) && !text.startsWith("-") ? text : `'${text.replaceAll("'", "'\\''")}'`;
