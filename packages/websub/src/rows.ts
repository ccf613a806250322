// What the repositories of all parts share: reading rows back, and changing one that others may change at the same moment.
import { HookclockError } from "@hookclock/core";
import type { Document, DocumentKey, DocumentStore, NewDocument } from "@hookclock/engine";
import type * as z from "zod";

/** A part of a key: nothing in it can end it early. */
export const part = (text: string): string => encodeURIComponent(text);

/** @throws HookclockError `row-unreadable` when what is stored is not what this version writes. */
export function readData<S extends z.ZodType>(schema: S, document: Document): z.output<S> {
  const result = schema.safeParse(document.data);
  if (result.success) return result.data;
  const field = result.error.issues[0]?.path.join(".") ?? "";
  throw new HookclockError(
    "row-unreadable",
    `the row ${document.sk} of ${document.pk} cannot be read: ${field === "" ? "its content" : field} is not valid`,
    { field },
  );
}

/** Conflicts in a row before a change is given up: more than that many writers at one row are an outage. */
const TRIES_MAX = 25;

/**
 * Changes one document whatever others do to it meanwhile: reads, decides, saves, and begins again when somebody was
 * faster. `decide` gets null for a document that is not there, and answers null to leave all as it is.
 *
 * @returns what was saved, or null when nothing had to be.
 */
export async function change(
  documents: DocumentStore,
  key: DocumentKey,
  now: () => number,
  decide: (before: Document | null) => NewDocument | null,
): Promise<NewDocument | null> {
  for (let tries = 0; tries < TRIES_MAX; tries += 1) {
    const before = await documents.get(key, now());
    const after = decide(before);
    if (after === null) return null;
    if (before === null) {
      if ((await documents.insert(after, now())) === "inserted") return after;
    } else if ((await documents.save({ before, after })) !== "conflict") return after;
  }
  throw new HookclockError(
    "edit-conflict",
    `the row ${key.sk} of ${key.pk} is changed too often to be saved`,
  );
}
