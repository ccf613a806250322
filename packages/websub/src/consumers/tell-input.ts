// What a user says when telling a consumer something. By itself, for who documents it and tells nobody.
import { idField, namespaceField } from "@hookclock/core";
import * as z from "zod";
import { consumerNameField } from "./consumer-input.ts";

/** What `tell` takes. */
export const newTell = z.strictObject({
  namespace: namespaceField,
  consumer: consumerNameField,
  message: z.unknown().describe("A text, or any JSON."),
  id: idField.optional(),
});
