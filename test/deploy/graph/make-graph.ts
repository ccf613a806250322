// Run by itself: `node make-graph.ts <stage> <output file>`. Runs the config with SST's real components under Pulumi's mocks,
// as SST would run it, and writes down every resource. In a process of its own, because components go on making resources
// after `run` has returned: the graph is complete when nothing is left to do.
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import type { AddressInfo } from "node:net";
import { join, sep } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { type BuildOptions, build, type Plugin } from "esbuild";
import type { FunctionBuild, Graph, Resource } from "./graph.ts";
import { answerOf, madeOf, plain } from "./mocks.ts";

type Inputs = Record<string, unknown>;
type Request = {
  getType(): string;
  getName(): string;
  getParent(): string;
  getProtect(): boolean;
  getRetainondelete(): boolean;
};
type Monitor = {
  newUrn(parent: string, type: string, name: string): string;
  registerResource(request: Request, callback: unknown): Promise<void>;
};
type MockArgs = { type: string; name: string; inputs: Inputs; id?: string };
type Runtime = {
  setMocks(
    mocks: {
      newResource(args: MockArgs): { id: string; state: Inputs };
      call(args: { token: string; inputs: Inputs }): Inputs;
    },
    project: string,
    stack: string,
  ): Promise<void>;
  runInPulumiStack(program: () => Promise<unknown>): Promise<unknown>;
  getMonitor(): Monitor | undefined;
};

const root = fileURLToPath(new URL("../../../", import.meta.url));
const platform = join(root, ".sst/platform");
const scratch = join(root, ".cache/deploy");
const [stage = "", outputFile = ""] = process.argv.slice(2);
const bundlePath = (what: string): string => join(platform, `check.${what}.${process.pid}.mjs`);

const SHARED: BuildOptions = {
  bundle: true,
  format: "esm",
  platform: "node",
  target: "es2023",
  mainFields: ["module", "main"],
  absWorkingDir: root,
  nodePaths: [join(platform, "node_modules")],
  // Bundled, these start workers of their own out of what they take for their own file, and wait for them for ever.
  external: ["@pulumi/*", "@aws-sdk/*", "esbuild", "vite", "rollup"],
  logLevel: "error",
  banner: {
    js: [
      'import { createRequire as topLevelCreateRequire } from "module";',
      "const require = topLevelCreateRequire(import.meta.url);",
      'import { fileURLToPath as topLevelFileUrlToPath, URL as topLevelURL } from "url";',
      "const __filename = topLevelFileUrlToPath(import.meta.url);",
      'const __dirname = topLevelFileUrlToPath(new topLevelURL(".", import.meta.url));',
    ].join("\n"),
  },
};

/** As SST does it: the config may load stacks only when it runs. */
const noTopLevelImports: Plugin = {
  name: "no-top-level-imports",
  setup({ onResolve }) {
    onResolve({ filter: /.*/ }, ({ importer, kind }) =>
      importer.endsWith(`${sep}sst.config.ts`) && kind === "import-statement"
        ? { errors: [{ text: "sst.config.ts imports at its top level, which SST refuses" }] }
        : undefined,
    );
  },
};

/** `aws` and `sst` are there in every file of ours without an import. */
const ambientProviders: Plugin = {
  name: "ambient-providers",
  setup({ onLoad }) {
    onLoad({ filter: /\.ts$/ }, async ({ path }) => {
      if (path.startsWith(join(root, ".sst") + sep) || path.includes(`${sep}node_modules${sep}`))
        return undefined;
      const { readFile } = await import("node:fs/promises");
      const imports = `import * as aws from "@pulumi/aws"; import * as sst from ${JSON.stringify(join(platform, "src/components"))};`;
      return { contents: `${imports}${await readFile(path, "utf8")}`, loader: "ts" };
    });
  },
};

async function appOf(): Promise<Inputs> {
  const outfile = bundlePath("app");
  await build({
    ...SHARED,
    stdin: {
      contents: `globalThis.$config = (config) => config;
        const { default: config } = await import(${JSON.stringify(join(root, "sst.config.ts"))});
        export default config.app({ stage: ${JSON.stringify(stage)} });`,
      resolveDir: root,
      loader: "ts",
    },
    // Stacks cannot load before there is an app, and `app()` does not need them.
    external: [...(SHARED.external ?? []), "./stacks/*"],
    plugins: [noTopLevelImports],
    outfile,
  });
  try {
    const loaded = (await import(pathToFileURL(outfile).href)) as { default: Inputs };
    return { stage, ...(await loaded.default) };
  } finally {
    rmSync(outfile, { force: true });
  }
}

async function bundleRun(app: Inputs, outfile: string): Promise<void> {
  const paths = { home: scratch, root: root.replace(/\/$/, ""), work: join(scratch, stage), platform };
  await build({
    ...SHARED,
    stdin: {
      contents: `import { run } from ${JSON.stringify(join(platform, "src/auto/run.ts"))};
        import config from ${JSON.stringify(join(root, "sst.config.ts"))};
        export default await run(config.run);`,
      resolveDir: root,
      loader: "ts",
    },
    define: {
      $app: JSON.stringify(app),
      $cli: JSON.stringify({ command: "deploy", rpc: "", paths, state: { version: {} } }),
      $dev: "false",
    },
    inject: [join(platform, "src/shim/run.js")],
    plugins: [ambientProviders],
    outfile,
  });
}

/** SST's own server, as far as components call it. Every function's bundle is an empty folder here. */
async function startServer(builds: FunctionBuild[]): Promise<string> {
  const emptyBundle = join(scratch, "empty-bundle");
  mkdirSync(emptyBundle, { recursive: true });
  writeFileSync(join(emptyBundle, "index.mjs"), "");
  const answer = ({ method, params }: { method: string; params: unknown[] }): Inputs => {
    if (method === "Provider.Aws.Bootstrap") return { asset: "assets", state: "state" };
    if (method !== "Runtime.Build") throw new Error(`rpc: can't find ${method}`);
    const input = params[0] as FunctionBuild;
    builds.push(input);
    return { handler: input.handler, out: emptyBundle, errors: [], sourcemaps: [] };
  };
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    // A connection kept open would keep the process waiting for it.
    response.setHeader("connection", "close");
    try {
      response.end(JSON.stringify({ result: answer(JSON.parse(Buffer.concat(chunks).toString())) }));
    } catch (error) {
      response.end(JSON.stringify({ error: String((error as Error).message) }));
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  // Nothing else may wait for it: the process ends when components are done.
  server.unref();
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const app = await appOf();
const runBundle = bundlePath("run");
const graph: Graph = { app, resources: [], builds: [], outputs: {} };
process.env["SST_SERVER"] = await startServer(graph.builds);
await bundleRun(app, runBundle);

const pulumi = createRequire(join(platform, "package.json"))("@pulumi/pulumi/runtime") as Runtime;
await pulumi.setMocks(
  {
    newResource: ({ type, name, inputs, id }) => ({
      // An empty id would make everything that depends on the resource unknown.
      id: id || `${name}-id`,
      state: madeOf(type, name, plain(inputs) as Inputs),
    }),
    call: ({ token, inputs }) => answerOf(token, plain(inputs) as Inputs),
  },
  String(app["name"]),
  stage,
);
const monitor = pulumi.getMonitor();
if (monitor === undefined) throw new Error("Pulumi has no monitor: its mocks were not set");
// The mock's own reads its parent's type in a way that fails for the stack itself.
monitor.newUrn = (_parent, type, name) => `urn:pulumi:${stage}::${String(app["name"])}::${type}::${name}`;
const register = monitor.registerResource.bind(monitor);
monitor.registerResource = (request, callback) => {
  const { getObject } = request as unknown as { getObject(): { toJavaScript(): Inputs } | undefined };
  const resource: Resource = {
    type: request.getType(),
    name: request.getName(),
    parent: request.getParent(),
    inputs: plain(getObject.call(request)?.toJavaScript() ?? {}) as Inputs,
    protect: request.getProtect(),
    retainOnDelete: request.getRetainondelete(),
  };
  graph.resources.push(resource);
  return register(request, callback);
};

process.on("exit", (code) => {
  rmSync(runBundle, { force: true });
  if (code === 0) writeFileSync(outputFile, JSON.stringify(graph, null, 1));
});
const outputs = await pulumi.runInPulumiStack(
  async () => ((await import(pathToFileURL(runBundle).href)) as { default: unknown }).default,
);
graph.outputs = plain(outputs) as Inputs;
