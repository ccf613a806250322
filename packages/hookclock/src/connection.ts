// How the database is reached and what its tables are called: the same for whatever is opened.
import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { HookclockError } from "@hookclock/core";
import * as z from "zod";

/** How the database is reached: the same for every table. */
export type ConnectionOptions = {
  /** AWS access key; leave out for the default credential chain (environment, profile, role). */
  accessKeyId?: string;
  secretAccessKey?: string;
  sessionToken?: string;
  /** AWS region; leave out for the default chain. */
  region?: string;
  /** Another DynamoDB, such as an emulator: `http://127.0.0.1:8000`. */
  endpoint?: string;
  /** A ready client instead of keys, region and endpoint. It stays yours: `close` leaves it open. */
  client?: DynamoDBClient;
};

const text = z.string().min(1).max(2048);
export const tableName = z.string().regex(/^[a-zA-Z0-9_.-]{3,255}$/, "3 to 255 letters, digits, _ . or -");

export const connectionFields = {
  accessKeyId: text.optional(),
  secretAccessKey: text.optional(),
  sessionToken: text.optional(),
  region: text.optional(),
  endpoint: z.url({ protocol: /^https?$/ }).optional(),
  client: z
    .custom<DynamoDBClient>(
      (value) => typeof (value as DynamoDBClient | null)?.send === "function",
      "a DynamoDBClient",
    )
    .optional(),
};

type Given = { [Field in keyof typeof connectionFields]?: unknown };

/** Refuses half a pair of keys, and a ready client beside what would make one. */
export function checkConnection(checked: Given): void {
  if ((checked.accessKeyId === undefined) !== (checked.secretAccessKey === undefined)) {
    const field = checked.accessKeyId === undefined ? "accessKeyId" : "secretAccessKey";
    throw new HookclockError(
      "invalid-input",
      `${field} of options is missing; allowed: both keys, or neither`,
      { field },
    );
  }
  if (checked.client && (checked.endpoint ?? checked.region ?? checked.accessKeyId) !== undefined) {
    throw new HookclockError(
      "invalid-input",
      "client of options is given; allowed: either client, or region, keys and endpoint",
      { field: "client" },
    );
  }
}
