/** What the client takes from the process around it: time, waiting, and names for its requests. */
export type Room = {
  /** Epoch ms. */
  now(): number;
  /** Resolves after so many ms, or as soon as the signal aborts. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** A text that no other call gives: the Idempotency-Key of a request. Visible ASCII, 255 characters at most. */
  newId(): string;
};

/** The same, and chance for secrets that are made here. */
export type WebSubRoom = Room & {
  /** As many random bytes as asked for, fit for secrets. */
  randomBytes(size: number): Uint8Array;
};
