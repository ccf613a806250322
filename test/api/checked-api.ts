// The API through a client that lets no answer pass that the document does not describe.
import { Contract } from "./contract.ts";
import { type ServedApi, serveApi } from "./support.ts";

export type Asked = {
  token?: string | undefined;
  /** A text or bytes are sent as they are, anything else as JSON. */
  body?: unknown;
  headers?: Record<string, string>;
};
export type Answered = { status: number; headers: Headers; text: string; body: Record<string, unknown> };

export type CheckedApi = ServedApi & {
  contract: Contract;
  ask(method: string, target: string, asked?: Asked): Promise<Answered>;
};

export async function serveChecked(...how: Parameters<typeof serveApi>): Promise<CheckedApi> {
  const api = await serveApi(...how);
  const document = await (await api.fetch(new Request("http://api.test/openapi.json"))).json();
  const contract = new Contract(document);
  return {
    ...api,
    contract,
    async ask(method, target, { token, body, headers = {} } = {}) {
      const all = new Headers(headers);
      if (token !== undefined && !all.has("authorization")) all.set("authorization", `Bearer ${token}`);
      if (body !== undefined && !all.has("content-type")) all.set("content-type", "application/json");
      const init: RequestInit = { method, headers: all };
      if (body !== undefined && method !== "GET" && method !== "HEAD") {
        init.body = typeof body === "string" || body instanceof Uint8Array ? body : JSON.stringify(body);
      }
      const request = new Request(`http://api.test${target}`, init);
      const response = await api.fetch(request);
      const text = await response.text();
      const answer = { status: response.status, headers: response.headers, text };
      // As it is on the way: the platform writes some signs of a path differently.
      contract.check(method, request.url.slice("http://api.test".length), answer);
      const isJson = /json/.test(response.headers.get("content-type") ?? "") && text !== "";
      return { ...answer, body: isJson ? (JSON.parse(text) as Record<string, unknown>) : {} };
    },
  };
}
