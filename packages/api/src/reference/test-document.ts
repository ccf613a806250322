// A small document that holds one of everything the page shows.
import type { OpenApi } from "./document.ts";

export const NASTY = `"'><img src=x onerror=alert(1)></style><script>alert(2)</script>&amp;`;

export const sampleDocument: OpenApi = {
  info: { title: "Sample API", version: "1.2.3", description: "About `it`.\n\n- one\n- **two**" },
  tags: [
    { name: "Things", description: "What there is." },
    { name: "Empty", description: "Shows nothing." },
  ],
  security: [{ key: [] }],
  paths: {
    "/v1/things/{id}": {
      parameters: [{ name: "id", in: "path", required: true, schema: { type: "string", example: "a/b'c" } }],
      get: {
        operationId: "getThing",
        summary: "Get a thing",
        tags: ["Things"],
        security: [{ key: ["read"] }],
        parameters: [
          {
            name: "limit",
            in: "query",
            schema: { type: "integer", minimum: 1, maximum: 1000, default: 100 },
          },
          { name: "must", in: "query", required: true, schema: { enum: ["x y", "z"] } },
        ],
        responses: {
          "200": {
            description: "The thing",
            content: { "application/json": { schema: { $ref: "#/components/schemas/Thing" } } },
          },
          "404": { $ref: "#/components/responses/Missing" },
        },
      },
      patch: {
        operationId: "patchThing",
        summary: NASTY,
        description: NASTY,
        tags: ["Things"],
        security: [{ key: ["write"] }],
        requestBody: {
          required: true,
          content: {
            "application/json": {
              schema: { $ref: "#/components/schemas/Thing" },
              example: { name: "it's" },
            },
          },
        },
        responses: { "204": { description: "Done" } },
      },
    },
    "/v1/events": {
      get: {
        operationId: "events",
        tags: ["Other things"],
        security: [],
        responses: {
          "200": {
            description: "Events",
            content: { "text/event-stream": { schema: { type: "string" }, example: "event: log\n\n" } },
          },
        },
      },
    },
  },
  components: {
    responses: { Missing: { description: "There is none" } },
    schemas: {
      Thing: {
        type: "object",
        required: ["name"],
        additionalProperties: false,
        properties: {
          name: { type: "string", minLength: 1, maxLength: 20, description: NASTY },
          at: { type: ["string", "null"], format: "date-time", default: null },
          children: { type: "array", maxItems: 3, items: { $ref: "#/components/schemas/Thing" } },
          labels: { type: "object", additionalProperties: { type: "string", pattern: "^[a-z]+$" } },
          mode: { anyOf: [{ const: "fast" }, { type: "object", properties: { rate: { type: "number" } } }] },
        },
      },
    },
  },
};
