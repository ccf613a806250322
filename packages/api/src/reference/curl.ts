// One line of curl for each operation, as it would be typed into a shell.
import type { Listed, OpenApi, Parameter } from "./document.ts";
import { exampleOf, sampleOf } from "./sample.ts";

/** Quoted so that a POSIX shell hands it on unchanged. */
export const shellQuote = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

const sampleOfParameter = (document: OpenApi, { example, schema }: Parameter): string => {
  const value = example ?? sampleOf(document, schema);
  return typeof value === "string" ? value : JSON.stringify(value);
};

/** The call, one option a line. Address and key come from the environment. */
export function curlOf(document: OpenApi, operation: Listed): string {
  const { method, path, parameters, permission, requestBody } = operation;
  const filled = path.replace(/\{([^}]+)\}/g, (whole, name: string) => {
    const parameter = parameters.find((one) => one.in === "path" && one.name === name);
    return parameter === undefined ? whole : encodeURIComponent(sampleOfParameter(document, parameter));
  });
  const query = parameters
    .filter((one) => one.in === "query" && one.required === true)
    .map((one) => `${encodeURIComponent(one.name)}=${encodeURIComponent(sampleOfParameter(document, one))}`);
  const address = [filled, ...(query.length > 0 ? [query.join("&")] : [])].join("?");
  const isPlain = /^[\w/.~%?&=:-]*$/.test(address);
  const target = isPlain ? `"$HOOKCLOCK_URL${address}"` : `"$HOOKCLOCK_URL"${shellQuote(address)}`;

  const isStream = Object.values(operation.responses ?? {}).some(
    ({ content }) => content?.["text/event-stream"] !== undefined,
  );
  const verb = method === "get" ? "" : ` -X ${method.toUpperCase()}`;
  const lines = [`curl${isStream ? " -N" : ""}${verb} ${target}`];
  if (permission !== null) lines.push(`-H "Authorization: Bearer $HOOKCLOCK_KEY"`);
  for (const [type, media] of Object.entries(requestBody?.content ?? {}).slice(0, 1)) {
    lines.push(`-H ${shellQuote(`Content-Type: ${type}`)}`);
    lines.push(`-d ${shellQuote(JSON.stringify(exampleOf(document, media)))}`);
  }
  return lines.join(" \\\n  ");
}
