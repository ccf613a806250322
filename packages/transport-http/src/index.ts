export type { Lookup } from "./connector.ts";
export {
  createHttpHandler,
  type HttpHandler,
  type HttpHandlerOptions,
  laneOf,
  type SecretsOf,
} from "./http-handler.ts";
export { buildRequest, validateRequest } from "./request.ts";
export {
  createHttpTransport,
  type Delivery,
  type Outgoing,
  type SendOptions,
  type Transport,
  type TransportOptions,
} from "./transport.ts";
export { type ClosableWebClient, createWebClient } from "./web-client.ts";
export type { WireOptions } from "./wire.ts";
