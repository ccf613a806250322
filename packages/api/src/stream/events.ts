// Server-sent events, as the HTML standard writes them.

/** How long a client should wait before it connects again. */
export const RETRY_MS = 1_000;

export type Event = {
  /** Where a client goes on after this event. */
  id: string;
  name: string;
  /** JSON holds no line breaks, so one line is enough. */
  data: unknown;
};

export const eventText = ({ id, name, data }: Event): string =>
  `event: ${name}\nid: ${id}\ndata: ${JSON.stringify(data)}\n\n`;

/** What a stream begins with. */
export const retryText = `retry: ${RETRY_MS}\n\n`;

/** A comment that keeps a connection open. It moves the client's place on, without being an event. */
export const beatText = (id: string): string => `: beat\nid: ${id}\n\n`;
