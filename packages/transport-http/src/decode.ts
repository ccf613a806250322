import { constants, createBrotliDecompress, createUnzip } from "node:zlib";

const CHUNK_BYTES = 16 * 1024;

// The flush on finish lets a stream that we cut short give out what it holds, instead of an error.
const decoderFor = (contentEncoding: string) => {
  switch (contentEncoding.trim().toLowerCase()) {
    case "gzip":
    case "x-gzip":
    case "deflate":
      return createUnzip({ finishFlush: constants.Z_SYNC_FLUSH, chunkSize: CHUNK_BYTES });
    case "br":
      return createBrotliDecompress({
        finishFlush: constants.BROTLI_OPERATION_FLUSH,
        chunkSize: CHUNK_BYTES,
      });
    default:
      return null;
  }
};

export type Decoded = { bytes: Buffer; overflowed: boolean };

/**
 * The first `bytesMax` bytes that a compressed head unpacks to. It stops there, so a bomb costs one chunk more than
 * what is kept. Null when the coding is unknown or the bytes are not what it says: then they are kept as they came.
 */
export const decodeHead = (
  head: Buffer,
  contentEncoding: string,
  bytesMax: number,
): Promise<Decoded | null> => {
  const decoder = decoderFor(contentEncoding);
  if (decoder === null) return Promise.resolve(null);
  return new Promise((resolve) => {
    const isBrotli = contentEncoding.trim().toLowerCase() === "br";
    const chunks: Buffer[] = [];
    let bytes = 0;
    const finish = (result: Decoded | null) => {
      decoder.removeAllListeners("data");
      decoder.destroy();
      resolve(result);
    };
    const result = (): Decoded => ({
      bytes: Buffer.concat(chunks).subarray(0, bytesMax),
      overflowed: bytes > bytesMax,
    });
    decoder.on("data", (chunk: Buffer) => {
      chunks.push(chunk);
      bytes += chunk.length;
      if (bytes > bytesMax) finish(result());
    });
    // Brotli has no mark of its own: anything may be the start of a stream that has given out nothing yet.
    decoder.on("end", () => finish(bytes === 0 && isBrotli ? null : result()));
    // What came out before the damage is still worth keeping.
    decoder.on("error", () => finish(bytes > 0 ? result() : null));
    decoder.end(head);
  });
};
