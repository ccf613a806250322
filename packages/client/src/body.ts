// Reading an answer to its end, but never more of it than was bargained for.
import { HookclockError } from "@hookclock/core";

/** The body as text. Throws `api-unreachable` when it is longer than `bytesMax`. */
export async function boundedText(response: Response, bytesMax: number): Promise<string> {
  if (response.body === null) return "";
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body as AsyncIterable<Uint8Array>) {
    bytes += chunk.byteLength;
    // Leaving the loop cancels the stream.
    if (bytes > bytesMax) {
      throw new HookclockError(
        "api-unreachable",
        `the API's answer is longer than ${bytesMax} bytes; ask for less at once`,
      );
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}
