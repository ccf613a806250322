// Consumers: who gets what subscriptions and events bring.
import type { Command } from "commander";
import type { Consumer, ConsumerInput } from "hookclock";
import { addConsumerOptions, type ConsumerOptions, consumerOf, consumersIn } from "../consumer-content.ts";
import { readText } from "../content.ts";
import { type WebSubContext, withWebSub } from "../context.ts";
import { usageError } from "../errors.ts";
import type { Io } from "../io.ts";
import { addListOptions, type ListOptions, listUpTo, showList } from "../lists.ts";
import { nothingCalled } from "../not-found.ts";
import { addBaseUrl, addNamespace, addTarget, durationValue } from "../options.ts";
import { CONSUMER_COLUMNS, consumerFacts } from "../show-websub.ts";
import { replayCommand } from "./replay.ts";
import { addCommon } from "./subscription.ts";

export function consumerCommand(program: Command, io: Io): void {
  const consumer = program
    .command("consumer")
    .summary("who gets what subscriptions and events bring")
    .description(
      "Consumers: an address that gets signed requests, a Slack channel, or the execution log. `handler add` links them to\nsubscriptions and events.",
    );
  addCommand(consumer, io);
  listCommand(consumer, io);
  for (const move of MOVES) moveCommand(consumer, io, move);
  rotateCommand(consumer, io);
  replayCommand(consumer, io);
}

function addCommand(parent: Command, io: Io): void {
  const command = parent
    .command("add")
    .argument("[file]", "JSON: a consumer or a list of them; - for standard input")
    .summary("make a consumer, or change one")
    .description(
      "Makes a consumer, or changes the one of that name: what is not said stays as it is. A signing secret that was made is\nshown this once.",
    );
  addTarget(addNamespace(addBaseUrl(addConsumerOptions(command))), { ownUrl: true })
    .addHelpText(
      "after",
      `
Examples:
  hookclock consumer add --name my-app --url https://example.com/hooks/websub
  hookclock consumer add --name team --type slack --url https://hooks.slack.com/services/T/B/x
  hookclock consumer add consumers.json
  hookclock --url https://hooks.example.com consumer add --name my-app --url https://example.com/hook`,
    )
    .action((file: string | undefined, options: ConsumerOptions) =>
      withWebSub(io, options, async (context) => {
        if (file === undefined)
          return addConsumers(context, [await consumerOf(options, context.namespace, io)]);
        if (options.name !== undefined) throw usageError("a file and --name exclude each other");
        return addConsumers(context, await consumersIn(file, context.namespace, io));
      }),
    );
}

type Saved = { created: boolean; consumer: Consumer; secret: string | null };

/** Makes or changes them, one after the other. */
export async function addConsumers(
  { output, webSub }: WebSubContext,
  inputs: readonly ConsumerInput[],
): Promise<void> {
  const saved: Saved[] = [];
  for (const input of inputs) saved.push(await webSub.consumers.put(input));
  const [first] = saved;
  const document = saved.length === 1 && first !== undefined ? first : { items: saved, count: saved.length };
  output.result(document, () => {
    for (const { consumer, secret } of saved) {
      output.facts([
        ...consumerFacts(consumer),
        ...(secret === null ? [] : ([["secret", { text: secret, tone: "strong" }]] as const)),
      ]);
    }
  });
  if (saved.some(({ secret }) => secret !== null))
    output.remark("the secret is not shown again: its receiver needs it");
  for (const [at, one] of saved.entries()) {
    if (isSecretLost(one, inputs[at]))
      output.remark(
        `its secret was lost on the way: hookclock consumer rotate ${one.consumer.name} --old-for 0s`,
      );
  }
}

/** An answer that had to be given twice holds no secret any more. */
const isSecretLost = ({ created, consumer, secret }: Saved, input: ConsumerInput | undefined): boolean =>
  created && secret === null && consumer.signing.secrets > 0 && !(input !== undefined && "secrets" in input);

function listCommand(parent: Command, io: Io): void {
  const command = parent
    .command("list")
    .alias("ls")
    .summary("show the consumers of a namespace")
    .description("Shows the consumers of a namespace, by name; never their secrets.");
  addCommon(addListOptions(command, "consumers"))
    .addHelpText("after", "\nExample:\n  hookclock consumer list -n billing")
    .action((options: ListOptions) =>
      withWebSub(io, options, async ({ output, namespace, webSub }) => {
        const listed = await listUpTo(options, (asked) => webSub.consumers.list({ namespace, ...asked }));
        showList(output, listed, {
          none: `no consumers in namespace "${namespace}"; make one with \`hookclock consumer add\``,
          columns: CONSUMER_COLUMNS,
        });
      }),
    );
}

type Move = {
  name: string;
  summary: string;
  call: "get" | "delete" | "enable" | "disable";
  done: string | null;
};

const MOVES: readonly Move[] = [
  { name: "show", summary: "show one consumer, never its secrets", call: "get", done: null },
  {
    name: "remove",
    summary: "delete a consumer; its handlers stay, and what comes for it waits as FAILED",
    ...{ call: "delete", done: "is gone" },
  },
  {
    name: "enable",
    summary: "switch a disabled consumer on again; `consumer replay` brings back what failed",
    ...{ call: "enable", done: "is enabled" },
  },
  {
    name: "disable",
    summary: "switch a consumer off; what comes for it waits as FAILED",
    ...{ call: "disable", done: "is disabled" },
  },
];

function moveCommand(parent: Command, io: Io, { name: move, summary, call, done }: Move): void {
  const command = parent
    .command(move)
    .argument("<name>", "name of the consumer")
    .summary(summary)
    .description(`${move[0]?.toUpperCase()}${move.slice(1)}: ${summary}.`);
  addCommon(command)
    .addHelpText("after", `\nExample:\n  hookclock consumer ${move} my-app`)
    .action((name: string, options: object) =>
      withWebSub(io, options, async ({ output, namespace, webSub }) => {
        const consumer = await webSub.consumers[call]({ namespace, name });
        if (consumer === null) throw noConsumer(namespace, name);
        output.result(consumer, () =>
          done === null
            ? output.facts(consumerFacts(consumer))
            : output.lines([`${namespace}/${name} ${done}`]),
        );
      }),
    );
}

export const noConsumer = (namespace: string, name: string) =>
  nothingCalled("consumer", name, namespace, "consumer list");

type RotateOptions = { secretFile?: string; oldFor?: number; quiet?: boolean };

function rotateCommand(parent: Command, io: Io): void {
  const command = parent
    .command("rotate")
    .argument("<name>", "name of the consumer")
    .summary("give a consumer a new signing secret")
    .description(
      "Gives a consumer a new signing secret, shown this once. The old one signs along for a while.",
    )
    .option("--old-for <duration>", "how long the old secret signs along (default: 1d)", durationValue)
    .option("--secret-file <path>", "a file with the new secret (default: one is made)")
    .option("-q, --quiet", "print the secret alone");
  addCommon(command)
    .addHelpText(
      "after",
      "\nExamples:\n  hookclock consumer rotate my-app\n  (umask 077; hookclock consumer rotate my-app --old-for 12h --quiet > secret.txt)",
    )
    .action((name: string, { secretFile, oldFor, quiet, ...options }: RotateOptions) =>
      withWebSub(io, options, async ({ output, namespace, webSub }) => {
        const given = secretFile === undefined ? undefined : (await readText(io, secretFile)).trim();
        const rotated = await webSub.consumers.rotateSecret({
          ...{ namespace, name },
          ...(given === undefined ? {} : { secret: given }),
          ...(oldFor === undefined ? {} : { oldSecretMs: oldFor }),
        });
        if (rotated === null) throw noConsumer(namespace, name);
        const { consumer, secret } = rotated;
        output.result(rotated, () => {
          if (quiet) return output.lines([secret]);
          output.facts([...consumerFacts(consumer), ["secret", { text: secret, tone: "strong" }]]);
        });
        output.remark("the secret is not shown again: its receiver needs it");
      }),
    );
}
