// Gives schemas their method `openapi`.
import "@hono/zod-openapi";
import * as z from "zod";
import { PROBLEM_CODES, type ProblemCode } from "../http/problem.ts";

export const problemSchema = z
  .object({
    type: z.string().describe("`urn:hookclock:problem:` and the code."),
    title: z.string(),
    status: z.number().int(),
    detail: z.string().describe("For people: field, value and what is allowed."),
    code: z
      .enum(PROBLEM_CODES as readonly [ProblemCode, ...ProblemCode[]])
      .describe("For programs: it never changes."),
    field: z.string().optional(),
    allowed: z.union([z.string(), z.array(z.string())]).optional(),
    requestId: z.string(),
  })
  .openapi("Problem");

/** A problem as JSON carries it. */
export type ProblemDocument = z.output<typeof problemSchema>;
