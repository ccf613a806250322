const SECRET_NAMES = new Set(["authorization", "proxy-authorization", "cookie", "set-cookie", "x-api-key"]);
const SECRET_PATTERN = /token|secret|password|api-?key|signature|credential/i;

export const REDACTED = "[redacted]";

/** Whether the value of a header with this name may be a secret. */
export const isSecretHeader = (name: string): boolean =>
  SECRET_NAMES.has(name.toLowerCase()) || SECRET_PATTERN.test(name);

/** Headers as they may be written down: names stay, values that may be secrets do not. */
export const redactHeaders = (headers: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, isSecretHeader(name) ? REDACTED : value]),
  );
