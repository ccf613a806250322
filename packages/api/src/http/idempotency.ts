// Requests sent twice: with an Idempotency-Key the second gets the first one's answer.
import { fingerprint, HookclockError } from "@hookclock/core";
import type { StoredAnswer } from "hookclock";
import type { ApiDependencies } from "../ports.ts";

export const IDEMPOTENCY_HEADER = "idempotency-key";
const KEY = /^[\x21-\x7e]{1,255}$/;

export type SentAnswer = { status: number; body: string; headers: Record<string, string> };

export type IdempotentCall = {
  /** Of the caller: nobody can use another's. */
  keyId: string;
  namespace: string;
  method: string;
  /** As it was sent, the query with it. */
  path: string;
  body: unknown;
};

/** The caller's idempotency key; undefined when there is none. */
export function idempotencyKeyOf(headers: Headers): string | undefined {
  const key = headers.get(IDEMPOTENCY_HEADER) ?? undefined;
  if (key === undefined || KEY.test(key)) return key;
  const allowed = "1 to 255 visible ASCII characters";
  throw new HookclockError("invalid-input", `${IDEMPOTENCY_HEADER} does not fit; allowed: ${allowed}`, {
    field: IDEMPOTENCY_HEADER,
    allowed,
  });
}

/**
 * Carries a call out, or gives the answer of the one before it. `kept` says what of an answer may be written down.
 * Answers that a repetition could better (faults, too many requests, an edit that came between) are not kept.
 */
export async function once(
  { idempotency }: Pick<ApiDependencies, "idempotency">,
  key: string,
  call: IdempotentCall,
  carryOut: () => Promise<{ sent: SentAnswer; kept: SentAnswer }>,
  onError: (error: unknown) => void,
): Promise<SentAnswer> {
  const { keyId, namespace, method, path, body } = call;
  const begun = await idempotency.begin({
    scope: `${keyId} ${namespace}`,
    key,
    fingerprint: fingerprint({ method, path, body }),
  });
  if (begun.state === "mismatch") throw mismatch();
  if (begun.state === "in-progress") throw inProgress();
  if (begun.state === "done") return replayed(begun.answer);
  const { sent, kept } = await carryOut();
  const { token } = begun;
  // What was done was done: a record that cannot be written does not turn it into a failure.
  await (isFinal(sent) ? idempotency.finish(token, kept) : idempotency.abandon(token)).catch(onError);
  return sent;
}

const replayed = ({ status, headers, body }: StoredAnswer): SentAnswer => ({
  status,
  body,
  headers: { ...headers, "idempotency-replayed": "true" },
});

const isFinal = ({ status, body }: SentAnswer): boolean =>
  status < 500 && status !== 429 && !(status === 409 && body.includes('"code":"edit-conflict"'));

const mismatch = (): HookclockError =>
  new HookclockError(
    "idempotency-mismatch",
    `${IDEMPOTENCY_HEADER} was used for another request; allowed: a new key for each new request`,
    { field: IDEMPOTENCY_HEADER },
  );

const inProgress = (): HookclockError =>
  new HookclockError(
    "idempotency-in-progress",
    `the request with this ${IDEMPOTENCY_HEADER} is still being carried out; ask again a little later`,
    { field: IDEMPOTENCY_HEADER },
  );
