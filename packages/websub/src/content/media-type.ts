// `Content-Type`, read far enough to know what a body is and in which letters it is written.

export type MediaType = {
  /** `type/subtype` in lower case; empty when there is none. */
  essence: string;
  /** The `charset` parameter as written. */
  charset?: string;
};

const LENGTH_MAX = 1_024;
const ESSENCE = /^[^\s/;,]+\/[^\s/;,]+$/;
const CHARSET = /;[ \t]*charset[ \t]*=[ \t]*(?:"([^"]*)"|'([^']*)'|([^\s;,"']*))/i;

/** Reads a `Content-Type`. Anything that is none has an empty essence. */
export const parseMediaType = (value: string | undefined): MediaType => {
  const text = (value ?? "").slice(0, LENGTH_MAX);
  const essence = text.split(/[;,]/, 1)[0]?.trim().toLowerCase() ?? "";
  const found = CHARSET.exec(text);
  const charset = (found?.[1] ?? found?.[2] ?? found?.[3] ?? "").trim();
  return {
    essence: ESSENCE.test(essence) ? essence : "",
    ...(charset === "" ? {} : { charset }),
  };
};

/** XML of any kind. XHTML is HTML here. */
export const isXml = (essence: string): boolean =>
  essence !== "application/xhtml+xml" && (essence.endsWith("/xml") || essence.endsWith("+xml"));

export const isHtml = (essence: string): boolean =>
  essence === "text/html" || essence === "application/xhtml+xml";

export const isJson = (essence: string): boolean =>
  essence === "application/json" || essence === "text/json" || essence.endsWith("+json");

/** Types that servers give when they do not know better: the content itself may tell more. */
export const isVague = (essence: string): boolean =>
  essence === "" ||
  essence === "text/plain" ||
  essence === "application/octet-stream" ||
  essence === "binary/octet-stream" ||
  essence === "application/x-www-form-urlencoded";
