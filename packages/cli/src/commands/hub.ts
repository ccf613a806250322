// Our own hub: content of topics of one's own, and who is subscribed to what.
import type { Command } from "commander";
import { withWebSub } from "../context.ts";
import { CliError, usageError } from "../errors.ts";
import { EXIT } from "../exit-codes.ts";
import type { Io } from "../io.ts";
import { addListOptions, type ListOptions, listUpTo, showList } from "../lists.ts";
import { hubColumns } from "../show-websub.ts";
import { addCommon } from "./subscription.ts";

export function hubCommand(program: Command, io: Io): void {
  const hub = program
    .command("hub")
    .summary("publish content, see and end who is subscribed")
    .description("The hub: it distributes content of topics, and events, to the callbacks of others.");
  listCommand(hub, io);
  publishCommand(hub, io);
  denyCommand(hub, io);
}

function listCommand(parent: Command, io: Io): void {
  const command = parent
    .command("list")
    .alias("ls")
    .summary("show who is subscribed to what")
    .description(
      "Shows who is subscribed to what; what is over stays for a day. Of callbacks, values of\nqueries are left out, for who knows them can push there; deny takes the id, which --json shows at any width.",
    )
    .option("--topic <topic>", "only those of this topic: a URL, or a dotted one");
  addCommon(addListOptions(command, "subscriptions"))
    .addHelpText(
      "after",
      "\nExamples:\n  hookclock hub list\n  hookclock hub list --topic https://example.com/feed",
    )
    .action((options: ListOptions & { topic?: string }) =>
      withWebSub(io, options, async ({ output, namespace, webSub }) => {
        const { topic } = options;
        const filter = { namespace, ...(topic === undefined ? {} : { topic }) };
        const listed = await listUpTo(options, (asked) => webSub.hub.list({ ...filter, ...asked }));
        showList(output, listed, {
          none: `nobody is subscribed to ${topic ?? "anything"} in namespace "${namespace}"`,
          columns: hubColumns(io.now()),
        });
      }),
    );
}

function publishCommand(parent: Command, io: Io): void {
  const command = parent
    .command("publish")
    .argument("<topic>", "URL of a topic of your own; it need not lead anywhere")
    .argument("<content>", "the content itself, @file to read it from a file, - from standard input")
    .summary("send content to all subscribers of a topic")
    .description(
      "Sends content to all subscribers of a topic, as it is. A topic below /topics/<namespace>/ of the API has a public\npage there, by which it is found.",
    )
    .requiredOption("--type <media type>", "what it is: application/atom+xml, text/plain, image/png")
    .option("--id <id>", "your own id: a repeat is no second update");
  addCommon(command)
    .addHelpText(
      "after",
      `
Examples:
  hookclock hub publish https://example.com/feed @feed.xml --type application/atom+xml
  date | hookclock hub publish https://example.com/now - --type text/plain`,
    )
    .action((topic: string, source: string, options: { type: string; id?: string }) =>
      withWebSub(
        io,
        options,
        async ({ output, namespace, webSub }) => {
          const { type: contentType, id } = options;
          const published = await webSub.hub.publishContent({
            ...{ namespace, topic, contentType, bytes: await bytesOf(source, io) },
            ...(id === undefined ? {} : { id }),
          });
          output.result(published, () =>
            output.lines([`update ${published.id} goes to all subscribers of ${topic}`]),
          );
        },
        { publishes: true },
      ),
    );
}

async function bytesOf(source: string, io: Io): Promise<Uint8Array> {
  if (source !== "-" && !source.startsWith("@")) return Buffer.from(source);
  const path = source === "-" ? "-" : source.slice(1);
  return io.readBytes(path).catch((error: NodeJS.ErrnoException) => {
    throw usageError(`${path} cannot be read (${error.code ?? "unknown reason"})`);
  });
}

function denyCommand(parent: Command, io: Io): void {
  const command = parent
    .command("deny")
    .argument("<topic>", "a URL, or a dotted topic")
    .argument("<callback>", "the subscriber's callback, whole, or the id that hub list shows")
    .summary("end a subscription, or refuse a request for one")
    .description("Ends a subscription, or refuses a request for one. The subscriber is told.")
    .option("--reason <text>", "for the subscriber, in plain words");
  addCommon(command)
    .addHelpText(
      "after",
      '\nExample:\n  hookclock hub deny https://example.com/feed https://other.example/cb --reason "not yours"',
    )
    .action((topic: string, callback: string, options: { reason?: string }) =>
      withWebSub(io, options, async ({ output, namespace, webSub }) => {
        const { reason = "" } = options;
        if (!(await webSub.hub.deny({ namespace, topic, callback, reason }))) {
          throw new CliError(
            "not-found",
            `${callback} is not subscribed to ${topic} in namespace "${namespace}"`,
            {
              exitCode: EXIT.notFound,
              hint: `see who is: hookclock hub list -n ${namespace}`,
            },
          );
        }
        output.result({ denied: true }, () =>
          output.lines([`${callback} gets nothing of ${topic} any more`]),
        );
      }),
    );
}
