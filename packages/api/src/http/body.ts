// The body of a request: bounded while it is read, then JSON.
import { HookclockError, shown } from "@hookclock/core";
import { parseStrictJson } from "./strict-json.ts";

/** Bytes of a body; those of a batch of tasks. */
export const BODY_BYTES_MAX = 512 * 1024;
export const BATCH_BYTES_MAX = 4 * 1024 * 1024;

const JSON_TYPE = /^application\/json *(; *charset="?utf-8"? *)?$/i;

/** The JSON of a body; undefined when there is none. Stops reading at the limit, whatever the length was said to be. */
export async function readJson(request: Request, bytesMax: number): Promise<unknown> {
  const bytes = await readBytes(request, bytesMax);
  if (bytes.length === 0) return undefined;
  checkType(request.headers);
  return parseStrictJson(bytes);
}

function checkType(headers: Headers): void {
  const type = headers.get("content-type");
  const encoding = headers.get("content-encoding") ?? "identity";
  if (!JSON_TYPE.test(type ?? "")) throw unsupported("content-type", type, "application/json in UTF-8");
  if (encoding.toLowerCase() !== "identity")
    throw unsupported("content-encoding", encoding, "a body that is not compressed");
}

function unsupported(field: string, given: string | null, allowed: string): HookclockError {
  return new HookclockError(
    "unsupported-media-type",
    `${field} is ${shown(given || undefined)}; allowed: ${allowed}`,
    { field, allowed },
  );
}

/** The body as it came; stops reading at the limit. */
export async function readBytes({ body, headers }: Request, bytesMax: number): Promise<Uint8Array> {
  if (Number(headers.get("content-length") ?? 0) > bytesMax) throw tooLarge(bytesMax);
  if (body === null) return new Uint8Array();
  const chunks: Uint8Array[] = [];
  let length = 0;
  const reader = body.getReader();
  const next = () => reader.read().catch(brokenOff);
  for (let part = await next(); !part.done; part = await next()) {
    length += part.value.byteLength;
    if (length > bytesMax) {
      // Nobody waits for the rest; that the sender does not like it is no error of ours.
      reader.cancel().catch(() => {});
      throw tooLarge(bytesMax);
    }
    chunks.push(part.value);
  }
  return chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks);
}

/** The sender went away, or sent other than it had said: no fault of ours. */
function brokenOff(cause: unknown): never {
  throw new HookclockError("malformed-json", "the body broke off; allowed: one JSON value in UTF-8", {
    cause,
  });
}

const tooLarge = (bytesMax: number): HookclockError =>
  new HookclockError("body-too-large", `the body is too large; allowed: at most ${bytesMax} bytes`, {
    allowed: `at most ${bytesMax} bytes`,
  });
