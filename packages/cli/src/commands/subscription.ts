// Subscriptions to topics on the web.
import { type Command, Option } from "commander";
import type { AddSubscription, Subscription } from "hookclock";
import { readText } from "../content.ts";
import { type WebSubContext, withWebSub } from "../context.ts";
import { usageError } from "../errors.ts";
import type { Io } from "../io.ts";
import { addListOptions, type ListOptions, listUpTo, showList } from "../lists.ts";
import { nothingCalled } from "../not-found.ts";
import { addBaseUrl, addNamespace, addTarget, durationValue } from "../options.ts";
import { subscriptionColumns, subscriptionFacts } from "../show-websub.ts";

const STATES = [
  ...["pending", "active", "renewing", "polling", "unsubscribing"],
  ...["denied", "expired", "unsubscribed", "failed"],
] as const satisfies readonly Subscription["state"][];

export const addCommon = (command: Command): Command => addTarget(addNamespace(addBaseUrl(command)));

export function subscriptionCommand(program: Command, io: Io): void {
  const subscription = program
    .command("subscription")
    .summary("subscribe to pages, feeds and topics")
    .description(
      "Subscriptions to what others publish: the hub of a page or a feed is found and asked, its check is answered, and\nthe lease is kept alive.",
    );
  addCommand(subscription, io);
  listCommand(subscription, io);
  showCommand(subscription, io);
  moveCommand(subscription, io, {
    name: "renew",
    summary: "ask the hub again, now; also brings back one that has ended",
    done: "is asked for",
  });
  moveCommand(subscription, io, {
    name: "remove",
    summary: "unsubscribe; the hub is told, and asks back",
    done: "is ended",
  });
}

export type AddOptions = {
  hub?: string;
  lease?: number;
  secret?: string;
  secretFile?: string;
  signed?: boolean;
  unsigned?: boolean;
  consumer?: string;
  id?: string;
  poll?: number;
  legacy?: boolean;
  onBadSignature?: "refuse" | "ignore";
  keepCallback?: boolean;
};

function addCommand(parent: Command, io: Io): void {
  const command = parent
    .command("add")
    .argument("<url>", "a page, a feed, or the topic itself")
    .summary("subscribe to a page, a feed or a topic")
    .description(
      "Subscribes. The request is made in the background: `subscription show` tells what became of it. With --id it is\nidempotent: the same again changes nothing.",
    )
    .option("--hub <url>", "ask this hub, do not look for one: the URL is the topic then")
    .option("--lease <duration>", "how long it shall last; the hub decides (default: 10d)", durationValue)
    .option("--secret <text>", "sign content with this; others can see it here, rather use --secret-file")
    .option("--secret-file <path>", "a file that holds the secret; - for standard input")
    .option("--signed", "make a secret for a hub over plain http too")
    .option("--unsigned", "make no secret")
    .option("--consumer <name>", "link this consumer to it, too")
    .option("--id <id>", "your own id (default: a random one)")
    .option("--poll <duration>", "where there is no hub, look at the topic so often", durationValue)
    .option("--legacy", "for hubs of the time before the standard: send a verify token")
    .addOption(
      new Option("--on-bad-signature <what>", "what such a push is answered; it is never taken").choices([
        ...["refuse", "ignore"],
      ]),
    )
    .option("--keep-callback", "one callback for good, not one for each lease");
  addCommon(command)
    .addHelpText(
      "after",
      `
Examples:
  hookclock subscription add https://example.com/blog --consumer my-app
  hookclock subscription add https://example.com/feed --hub https://hub.example.com/ --lease 5d --id blog
  hookclock subscription add https://example.com/rss --poll 15m`,
    )
    .action((url: string, options: AddOptions) =>
      withWebSub(io, options, (context) => addSubscription(context, url, options)),
    );
}

/** Subscribes, links a consumer if one is named, and says so. */
export async function addSubscription(
  context: WebSubContext,
  url: string,
  options: AddOptions,
): Promise<void> {
  const { io, output, namespace, webSub } = context;
  const input = await inputOf(options, io);
  const subscription = await webSub.subscriptions.add({ namespace, url, ...input });
  const { consumer } = options;
  output.result(subscription, () => output.facts(subscriptionFacts(subscription, io.now())));
  if (consumer !== undefined) await sayLinked(context, consumer);
}

/** A handler may be there before its consumer. */
export async function sayLinked({ output, namespace, webSub }: WebSubContext, name: string): Promise<void> {
  if (output.json) return;
  const isThere = (await webSub.consumers.get({ namespace, name })) !== null;
  output.remark(
    isThere
      ? `what comes goes to consumer "${name}"`
      : `there is no consumer "${name}" yet: what comes waits as FAILED until there is (hookclock consumer add)`,
  );
}

type Input = Omit<AddSubscription, "namespace" | "url">;

async function inputOf(options: AddOptions, io: Io): Promise<Input> {
  const { hub, lease, id, poll, legacy, onBadSignature, keepCallback, consumer } = options;
  const secret = await secretOf(options, io);
  return {
    ...(hub === undefined ? {} : { hub }),
    ...(lease === undefined ? {} : { leaseSeconds: wholeSeconds("--lease", lease) }),
    ...(secret === undefined ? {} : { secret }),
    ...(id === undefined ? {} : { id }),
    ...(poll === undefined ? {} : { poll: { everySeconds: wholeSeconds("--poll", poll) } }),
    ...(legacy ? { legacyVerifyToken: true } : {}),
    ...(onBadSignature === undefined ? {} : { onBadSignature }),
    ...(keepCallback ? { rotateCallback: false } : {}),
    ...(consumer === undefined ? {} : { consumer }),
  };
}

async function secretOf(options: AddOptions, io: Io): Promise<string | boolean | undefined> {
  const { secret, secretFile, signed, unsigned } = options;
  const said = [secret, secretFile, signed, unsigned].filter((one) => one !== undefined);
  if (said.length > 1)
    throw usageError("--secret, --secret-file, --signed and --unsigned exclude each other");
  if (secretFile !== undefined) return (await readText(io, secretFile)).replace(/\r?\n$/, "");
  if (signed || unsigned) return signed === true;
  return secret;
}

function wholeSeconds(option: string, ms: number): number {
  if (ms >= 1_000 && ms % 1_000 === 0) return ms / 1_000;
  throw usageError(`${option} is ${ms} ms; whole seconds are allowed, at least one`);
}

type SubscriptionListOptions = ListOptions & { state?: Subscription["state"] };

export function listSubscriptions(
  { io, output, namespace, webSub }: WebSubContext,
  options: SubscriptionListOptions,
): Promise<void> {
  const { state } = options;
  const filter = { namespace, ...(state === undefined ? {} : { state }) };
  return listUpTo(options, (asked) => webSub.subscriptions.list({ ...filter, ...asked })).then((listed) =>
    showList(output, listed, {
      none: `no subscriptions in namespace "${namespace}"${state === undefined ? "" : ` are ${state}`}`,
      columns: subscriptionColumns(io.now()),
    }),
  );
}

function listCommand(parent: Command, io: Io): void {
  const command = parent
    .command("list")
    .alias("ls")
    .summary("show the subscriptions of a namespace")
    .description("Shows the subscriptions of a namespace, by id.")
    .addOption(new Option("--state <state>", "only those in this state").choices(STATES));
  addCommon(addListOptions(command, "subscriptions"))
    .addHelpText(
      "after",
      "\nExamples:\n  hookclock subscription list\n  hookclock subscription list --state expired --json",
    )
    .action((options: SubscriptionListOptions) =>
      withWebSub(io, options, (context) => listSubscriptions(context, options)),
    );
}

function showCommand(parent: Command, io: Io): void {
  const command = parent
    .command("show")
    .alias("get")
    .argument("<id>", "id of the subscription")
    .summary("show one subscription")
    .description("Shows one subscription: its state, its lease, what came, and what went wrong last.");
  addCommon(command)
    .addHelpText("after", "\nExample:\n  hookclock subscription show blog")
    .action((id: string, options: object) =>
      withWebSub(io, options, async ({ output, namespace, webSub }) => {
        const found = await webSub.subscriptions.get({ namespace, id });
        if (found === null) throw nothingCalled("subscription", id, namespace, "subscription list");
        output.result(found, () => output.facts(subscriptionFacts(found, io.now())));
      }),
    );
}

type Move = { name: "renew" | "remove"; summary: string; done: string };

function moveCommand(parent: Command, io: Io, { name, summary, done }: Move): void {
  const command = parent
    .command(name)
    .argument("<id>", "id of the subscription")
    .summary(summary)
    .description(`${name[0]?.toUpperCase()}${name.slice(1)}: ${summary}.`);
  addCommon(command)
    .addHelpText("after", `\nExample:\n  hookclock subscription ${name} blog`)
    .action((id: string, options: object) =>
      withWebSub(io, options, async ({ output, namespace, webSub }) => {
        const subscription = await webSub.subscriptions[name]({ namespace, id });
        output.result(subscription, () =>
          output.lines([`${namespace}/${id} ${done}: ${subscription.state}`]),
        );
      }),
    );
}
