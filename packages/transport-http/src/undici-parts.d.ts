// The modules of undici that hold one class each. Its index pulls in fetch, caches, mocks and web sockets with them, which no
// bundler can take out again: 0.27 MB more in each Lambda function.
declare module "undici/lib/dispatcher/agent.js" {
  export { Agent as default } from "undici";
}
declare module "undici/lib/dispatcher/client.js" {
  export { Client as default } from "undici";
}
declare module "undici/lib/dispatcher/pool.js" {
  export { Pool as default } from "undici";
}
