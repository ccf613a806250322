import { createHmac } from "node:crypto";

/** The value of X-Hub-Signature. */
export const sign = (method: string, secret: string, body: Buffer): string =>
  `${method}=${createHmac(method, secret).update(body).digest("hex")}`;
