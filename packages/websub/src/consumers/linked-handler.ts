// A handler: it links a source of messages to a consumer, with a filter and a template if that is wanted.
import { check, isoOf, LIMITS, nameField, namespaceField, refuse } from "@hookclock/core";
import * as z from "zod";
import { consumerNameField } from "./consumer-input.ts";
import { type Filter, parseFilter } from "./filter.ts";
import { CONSUMER_LIMITS } from "./limits.ts";
import { parseSource, type Source, sourceSchema } from "./source.ts";
import { parseTemplate } from "./template.ts";

const epochMs = z.number().int().min(0).max(LIMITS.latestMs);
export const handlerRowSchema = z.object({
  id: z.string(),
  source: sourceSchema,
  consumer: z.string(),
  /** Only events of this very topic, nothing below it. */
  exact: z.boolean().exactOptional(),
  /** As `parseFilter` accepts it: checked when it was written. */
  filter: z.custom<Filter>((value) => typeof value === "object" && value !== null).exactOptional(),
  template: z.string().exactOptional(),
  description: z.string().exactOptional(),
  createdAt: epochMs,
  updatedAt: epochMs,
});
export type HandlerRow = z.infer<typeof handlerRowSchema>;

export type LinkedHandler = {
  namespace: string;
  /** Unique among the handlers of its source; the consumer's name unless said otherwise. */
  id: string;
  source: Source;
  consumer: string;
  exact: boolean;
  filter: Filter | null;
  template: string | null;
  description: string | null;
  createdDate: string;
  updatedDate: string;
};

export type LinkInput = {
  namespace: string;
  source: Source;
  consumer: string;
  id?: string;
  exact?: boolean;
  filter?: Filter | null;
  template?: string | null;
  description?: string | null;
};

/** What `link` takes. */
export const newHandler = z.strictObject({
  namespace: namespaceField,
  source: z
    .unknown()
    .describe('`{"subscription": its id}` or `{"event": a dotted topic}`, such as `orders.*` or `*`.'),
  consumer: consumerNameField,
  id: consumerNameField.optional(),
  exact: z.boolean().optional(),
  filter: z
    .unknown()
    .optional()
    .describe('Which messages it wants, such as `{"path": "entry.title", "contains": "release"}`.'),
  template: z.unknown().optional().describe("A text with places such as `{{entry.title}}`."),
  description: nameField(CONSUMER_LIMITS.descriptionBytesMax).nullish(),
});

/**
 * Checks a link that a user asks for, and makes its row; both instants are `now`.
 *
 * @throws HookclockError `invalid-input` or `unknown-option`, naming the field.
 */
export function parseLink(input: unknown, now: number): { namespace: string; row: HandlerRow } {
  const given = check(newHandler, input, "handler");
  const source = parseSource(given.source);
  const { namespace, consumer, filter, template, description } = given;
  if (given.exact && (!("event" in source) || source.event.endsWith("*"))) {
    refuse("exact", true, "with the whole name of an event's topic only");
  }
  const row: HandlerRow = { id: given.id ?? consumer, source, consumer, createdAt: now, updatedAt: now };
  if (given.exact) row.exact = true;
  if (filter !== undefined && filter !== null) row.filter = parseFilter(filter);
  if (template !== undefined && template !== null) row.template = parseTemplate(template);
  if (description) row.description = description;
  return { namespace, row };
}

export const toLinkedHandler = (namespace: string, row: HandlerRow): LinkedHandler => ({
  namespace,
  id: row.id,
  source: row.source,
  consumer: row.consumer,
  exact: row.exact ?? false,
  filter: row.filter ?? null,
  template: row.template ?? null,
  description: row.description ?? null,
  createdDate: isoOf(row.createdAt),
  updatedDate: isoOf(row.updatedAt),
});
