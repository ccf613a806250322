// What the signing secret may be, without imports: the functions' own check comes when they start, and then none of them would.

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
const BYTES_MIN = 24;
const BYTES_MAX = 64;

function isSigningSecret(text: string): boolean {
  const base64 = text.replace(/^whsec_/, "");
  const bytes = (base64.replace(/=+$/, "").length * 3) / 4;
  return BASE64.test(base64) && Math.floor(bytes) >= BYTES_MIN && Math.floor(bytes) <= BYTES_MAX;
}

/** The secrets as they are, newest first, with commas between them; none stands for deliveries that are not signed. Throws. */
export function checkedSigningSecrets(value: string): string {
  const parts = value.split(",").map((part) => part.trim());
  if (parts.filter((part) => part !== "").every(isSigningSecret)) return value;
  throw new Error(
    `SigningSecret is no signing secret; allowed: base64 of ${BYTES_MIN} to ${BYTES_MAX} bytes after whsec_, several with commas between them`,
  );
}
