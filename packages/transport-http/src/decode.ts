import { constants, createBrotliDecompress, createUnzip } from "node:zlib";

const CHUNK_BYTES = 16 * 1024;

/** Codings that `decodeHead` unpacks, by the names that requests ask for them. */
export const SUPPORTED_CODINGS = ["gzip", "deflate", "br"] as const;

// The flush on finish lets a stream that was cut short give out what it holds, instead of an error.
const decoderFor = (coding: string, strict: boolean) => {
  const { Z_FINISH, Z_SYNC_FLUSH, BROTLI_OPERATION_FINISH, BROTLI_OPERATION_FLUSH } = constants;
  switch (coding) {
    case "gzip":
    case "x-gzip":
    case "deflate":
      return createUnzip({ finishFlush: strict ? Z_FINISH : Z_SYNC_FLUSH, chunkSize: CHUNK_BYTES });
    case "br":
      return createBrotliDecompress({
        finishFlush: strict ? BROTLI_OPERATION_FINISH : BROTLI_OPERATION_FLUSH,
        chunkSize: CHUNK_BYTES,
      });
    default:
      return null;
  }
};

export type Decoded = {
  bytes: Buffer;
  /** There is more than what was wanted. */
  overflowed: boolean;
  /** What follows the bytes makes no sense; or, if one is `strict`, is missing. */
  damaged: boolean;
};

/**
 * The first `bytesMax` bytes that a compressed head unpacks to. It stops there, so a bomb costs one chunk more than
 * what is kept. Null when the coding is unknown or the bytes are not what it says: then they are kept as they came.
 */
export const decodeHead = (
  head: Buffer,
  contentEncoding: string,
  bytesMax: number,
  { strict = false } = {},
): Promise<Decoded | null> => {
  const coding = contentEncoding.trim().toLowerCase();
  const decoder = decoderFor(coding, strict);
  if (decoder === null) return Promise.resolve(null);
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    const finish = (result: Decoded | null) => {
      decoder.removeAllListeners("data");
      decoder.destroy();
      resolve(result);
    };
    const result = (damaged: boolean): Decoded => ({
      bytes: Buffer.concat(chunks).subarray(0, bytesMax),
      overflowed: bytes > bytesMax,
      damaged,
    });
    decoder.on("data", (chunk: Buffer) => {
      chunks.push(chunk);
      bytes += chunk.length;
      if (bytes > bytesMax) finish(result(false));
    });
    // Brotli has no mark of its own: anything may be the start of a stream that has given out nothing yet.
    decoder.on("end", () => finish(bytes === 0 && coding === "br" && !strict ? null : result(false)));
    // What came out before the damage is still worth keeping.
    decoder.on("error", () => finish(bytes > 0 ? result(true) : null));
    decoder.end(head);
  });
};

/**
 * As `decodeHead`, for what came as a whole: a stream that ends too early is told as damaged, with as much of it as
 * can be had.
 */
export const decodeWhole = async (
  whole: Buffer,
  contentEncoding: string,
  bytesMax: number,
): Promise<Decoded | null> => {
  const decoded = await decodeHead(whole, contentEncoding, bytesMax, { strict: true });
  if (decoded !== null && !decoded.damaged) return decoded;
  const head = await decodeHead(whole, contentEncoding, bytesMax);
  return head && { ...head, damaged: true };
};
