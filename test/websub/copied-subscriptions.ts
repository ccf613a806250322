// Many subscriptions at once: one that went through the hub's door and its check, written again under other callbacks.
import { createHash } from "node:crypto";
import type { Document, DocumentStore, NewDocument } from "hookclock";

type Active = { callback: string; secret: string | null };

const copyOf = (original: Document, callback: string, secret: string | null): NewDocument => {
  const { rev: _rev, ...rest } = original;
  const active = { ...(original.data["active"] as Active), callback, secret };
  // Any key will do as long as it is another one: what is sent where is read from the row.
  return { ...rest, sk: nameOf(callback), data: { ...original.data, callback, active } };
};

const nameOf = (text: string): string =>
  createHash("sha256")
    .update(`${Buffer.byteLength(text)}:${text}`)
    .digest("base64url");

/** The topic has one subscription, which is in force; afterwards each of the callbacks has one like it. */
export async function copySubscription(
  documents: DocumentStore,
  {
    namespace,
    topic,
    copies,
  }: {
    namespace: string;
    topic: string;
    copies: readonly { callback: string; secret: string | null }[];
  },
): Promise<void> {
  const pk = `${namespace}/hub/url:${nameOf(topic)}`;
  const [original] = (await documents.list({ pk, limit: 1 }, Date.now())).documents;
  if (original === undefined) throw new Error(`${topic} has no subscription that could be copied`);
  await documents.putMany(copies.map(({ callback, secret }) => copyOf(original, callback, secret)));
}
