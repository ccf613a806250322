// What the API says of itself: the OpenAPI document for programs, the reference for people.
import * as z from "zod";
import { PROBLEM_CODES, statusOf, titleOf } from "../http/problem.ts";
import type { OpenApi } from "../reference/document.ts";
import type { ReferencePage } from "../reference/page.ts";
import { defineRoute, type Route } from "../route.ts";

const tag = "Service";

const ERRORS = PROBLEM_CODES.map((code) => ({ code, status: statusOf(code), title: titleOf(code) })).sort(
  (a, b) => a.status - b.status,
);

/** `documentOf` is asked once, when all routes are known. */
export function documentRoutes(documentOf: () => object): Route[] {
  let text: string | null = null;
  let page: ReferencePage | null = null;
  const documentText = (): string => {
    text ??= JSON.stringify(documentOf());
    return text;
  };

  const openApi = defineRoute({
    ...{ method: "get", path: "/openapi.json", operation: "openApi", tag },
    summary: "This document",
    description: "The OpenAPI 3.1 description of every operation, from which clients can be generated.",
    access: { scope: "public" },
    answers: {
      200: {
        description: "The document.",
        schema: z.looseObject({ openapi: z.string() }),
        example: { openapi: "3.1.0" },
      },
    },
    handle: async () =>
      new Response(documentText(), {
        headers: { "content-type": "application/json", "cache-control": "no-cache" },
      }),
  });

  const docs = defineRoute({
    ...{ method: "get", path: "/docs", operation: "docs", tag },
    summary: "The reference as a page",
    description: "Every operation with its parameters, schemas and examples, for reading.",
    access: { scope: "public" },
    answers: {
      200: {
        description: "A page.",
        schema: z.string(),
        mediaType: "text/html",
        example: "<!doctype html>…",
      },
    },
    async handle() {
      // The page is for a few readers; programs, which are most callers, should not load it.
      const { renderReference } = await import("../reference/page.ts");
      page ??= renderReference(JSON.parse(documentText()) as OpenApi, ERRORS);
      return new Response(page.html, { headers: { ...page.headers, "cache-control": "no-cache" } });
    },
  });

  return [openApi, docs];
}
