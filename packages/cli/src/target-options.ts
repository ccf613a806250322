// The options that say what a command works on, as they stand on the command line.
import * as z from "zod";
import { address } from "./env.ts";
import { usageError } from "./errors.ts";

const name = z.string().min(1).optional();
const optionsSchema = z.object({
  apiUrl: name,
  key: name,
  keyFile: name,
  insecureHttp: z.boolean().default(false),
  endpoint: address.optional(),
  aws: z.boolean().default(false),
  region: name,
  data: name,
  tasksTable: name,
  logsTable: name,
  apiTable: name,
  stateTable: name,
  baseUrl: address.optional(),
  allow: z.array(z.string()).default([]),
});
export type TargetOptions = z.output<typeof optionsSchema>;

/** How an option is written on the command line. */
export const flagOf = (option: string): string =>
  option === "apiUrl" ? "--url" : `--${option.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;

export function readTargetOptions(options: unknown): TargetOptions {
  const parsed = optionsSchema.safeParse(options);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw usageError(`${flagOf(String(issue?.path[0]))} cannot be used; allowed: ${issue?.message}`);
}
