import { readFileSync } from "node:fs";

/**
 * Modules that a function carries but never runs, each with the reason. In their place stands a module that says so when
 * something does load it: a function that needs one fails in the test that runs its bundle, not silently.
 */
export const LEFT_OUT = [
  {
    path: /undici\/lib\/dispatcher\/parser-h1\.js$/,
    because: "undici's experimental parser, off by default",
  },
  {
    path: /undici\/lib\/llhttp\/llhttp-wasm\.js$/,
    because: "the parser for processors without SIMD: every Lambda has it",
  },
  {
    path: /undici\/lib\/dispatcher\/client-h2\.js$/,
    because: "HTTP/2, which the transport switches off",
    value: "() => { throw new Error('HTTP/2 is left out') }",
  },
  {
    path: /undici\/lib\/web\/fetch\/(body|formdata)\.js$/,
    because: "bodies of fetch: the transport sends text and bytes",
  },
  {
    path: /node_modules\/thread-stream\//,
    because: "pino's logs by another thread: a function writes its own",
    value: "class { constructor() { throw new Error('logs by another thread are left out') } }",
  },
  { path: /node_modules\/bowser\//, because: "names a browser in the SDK's user agent" },
  {
    path: /@aws-sdk\/credential-provider-(sso|ini|process|web-identity|http|login)\/|@aws-sdk\/(nested-clients|token-providers)\/|@smithy\/credential-provider-imds\//,
    because: "where a laptop's credentials come from: a function's stand in its environment",
  },
];

const lines = (strings) => strings.join("\n");
const posix = (path) => path.replaceAll("\\", "/");

/** esbuild plugin: leaves out what is listed above, and all languages of zod's messages but English. */
export const leanFunctions = {
  name: "lean-functions",
  setup(build) {
    build.onLoad({ filter: /[\\/]node_modules[\\/]/ }, ({ path }) => {
      if (/zod\/v4\/locales\/index\.js$/.test(posix(path))) {
        return { contents: 'export { default as en } from "./en.js";', loader: "js" };
      }
      // It takes the whole of zod by name, to add a method to one class of it.
      if (/@hono\/zod-openapi\/dist\/index\.mjs$/.test(posix(path))) {
        return { contents: withZodTypeOnly(readFileSync(path, "utf8")), loader: "js" };
      }
      const rule = LEFT_OUT.find((one) => one.path.test(posix(path)));
      return rule === undefined ? undefined : { contents: standIn(rule), loader: "js" };
    });
  },
};

/** CommonJS, whatever it stands for: its names are only looked up where the module is used. */
const standIn = ({ because, value }) =>
  value === undefined
    ? lines([
        `throw new Error(${JSON.stringify(`left out of this bundle: ${because}`)});`,
        "module.exports = {};",
      ])
    : `module.exports = ${value};`;

const withZodTypeOnly = (source) => {
  const whole = 'import { z } from "zod";';
  if (!source.includes(whole))
    throw new Error("@hono/zod-openapi no longer imports zod as this bundler knows it");
  return source.replace(whole, 'import { ZodType } from "zod"; const z = { ZodType };');
};
