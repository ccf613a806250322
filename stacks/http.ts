import { functionArgs, type Parts, tableNames } from "./function.ts";
import { serveApi } from "./permissions.ts";
import type { Tables } from "./tables.ts";

type Needs = {
  tables: Tables;
  signingSecret: $util.Output<string>;
  webSub: Parts["environment"];
  gateway: sst.aws.ApiGatewayV2;
};

/** Requests a second, and in one moment, that the API lets through; the others are answered 429 and cost nothing. */
const RATE = { perSecond: 200, burst: 400 };

/** The door to the world. Its address goes out in callbacks, so functions are told it before they are made. */
export function doorway(): sst.aws.ApiGatewayV2 {
  return new sst.aws.ApiGatewayV2("Http", {
    // Keys are for servers. A page of another origin has no business with them.
    cors: false,
    accessLog: { retention: "1 month" },
    transform: {
      stage(args) {
        args.defaultRouteSettings = {
          throttlingRateLimit: RATE.perSecond,
          throttlingBurstLimit: RATE.burst,
        };
        // SST's lines hold neither query strings nor headers, but paths, and in that of a callback is a token. The function's
        // own lines name the route, under the same request.
        const log = args.accessLogSettings;
        if (log === undefined)
          throw new Error("SST no longer sets up the access log where this looks for it");
        args.accessLogSettings = $output(log).apply(({ format, ...rest }) => ({
          ...rest,
          format: withoutPath(format),
        }));
      },
    },
  });
}

/** The format is JSON itself: what each line is to say, by name. */
function withoutPath(format: string): string {
  const { path, ...kept } = JSON.parse(format) as Record<string, string>;
  return JSON.stringify(kept);
}

/** The HTTP API: one function for every route, since its own router knows them. */
export function http({ tables, signingSecret, webSub, gateway }: Needs) {
  const fn = new sst.aws.Function(
    "Serve",
    functionArgs({
      name: "api",
      // The gateway stops waiting after 30 s. `POST .../trigger` may have started attempts by then: cut off, they would be
      // made a second time. So they get as long as in the functions that deliver; everything else takes a fraction of a second.
      timeout: "15 minutes",
      // More than it needs, for the CPU that comes with it: a cold start takes half as long as with 512 MB.
      memory: "1024 MB",
      environment: {
        ...tableNames(tables),
        HOOKCLOCK_API_TABLE: tables.api.name,
        ...webSub,
        HOOKCLOCK_SIGNING_SECRETS: signingSecret,
      },
      permissions: serveApi(tables),
    }),
  );
  gateway.route("$default", fn.arn);
  return { url: gateway.url, apiId: gateway.nodes.api.id };
}
