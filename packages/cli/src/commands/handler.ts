// Handlers: they link a subscription, or events of a topic, to a consumer.
import type { Command } from "commander";
import type { LinkInput } from "hookclock";
import { parseJson, readText } from "../content.ts";
import { type WebSubContext, withWebSub } from "../context.ts";
import { usageError } from "../errors.ts";
import type { Io } from "../io.ts";
import { addListOptions, type ListOptions, listUpTo, showList } from "../lists.ts";
import { nothingCalled } from "../not-found.ts";
import { HANDLER_COLUMNS, handlerFacts, sourceText } from "../show-websub.ts";
import { addCommon, sayLinked } from "./subscription.ts";

type SourceOptions = { subscription?: string; event?: string };
type Source = LinkInput["source"];

export function handlerCommand(program: Command, io: Io): void {
  const handler = program
    .command("handler")
    .summary("link subscriptions and events to consumers")
    .description(
      "Handlers link a subscription, or events of a topic, to a consumer: all of it, or what a filter lets pass.",
    );
  addCommand(handler, io);
  listCommand(handler, io);
  removeCommand(handler, io);
}

const addSource = (command: Command): Command =>
  command
    .option("--subscription <id>", "of this subscription")
    .option("--event <topic>", "of events of this topic and those below it: orders.paid, orders, *");

/** Null when neither is said. */
function sourceOf({ subscription, event }: SourceOptions): Source | null {
  if (subscription !== undefined && event !== undefined)
    throw usageError("--subscription and --event exclude each other", "a handler has one source");
  if (subscription !== undefined) return { subscription };
  return event === undefined ? null : { event };
}

function neededSource(options: SourceOptions): Source {
  const source = sourceOf(options);
  if (source !== null) return source;
  throw usageError("its source is missing", "say --subscription ID or --event TOPIC");
}

type AddOptions = SourceOptions & {
  id?: string;
  exact?: boolean;
  filter?: string;
  template?: string;
  description?: string;
};

function addCommand(parent: Command, io: Io): void {
  const command = parent
    .command("add")
    .argument("<consumer>", "who gets it")
    .summary("link a source to a consumer")
    .description(
      "Links a source to a consumer, which may be made later. The same source and id again replaces the handler.",
    )
    .option("--id <id>", "of the handler (default: the consumer's name)")
    .option("--exact", "with --event: only events of this very topic")
    .option("--filter <json>", "what it wants: JSON, or @file to read it from a file")
    .option("--template <text>", "what is sent of it, with {{places}}; @file to read it from a file")
    .option("--description <text>", "for people");
  addCommon(addSource(command))
    .addHelpText(
      "after",
      `
Examples:
  hookclock handler add my-app --subscription blog
  hookclock handler add team --event orders --template "{{payload.id}} was paid"
  hookclock handler add my-app --subscription blog --filter '{"path":"entry.title","contains":"release"}'`,
    )
    .action((consumer: string, options: AddOptions) =>
      withWebSub(io, options, async (context) => {
        const { id, exact, filter, template, description } = options;
        await addHandler(context, {
          ...{ source: neededSource(options), consumer },
          ...(id === undefined ? {} : { id }),
          ...(exact ? { exact } : {}),
          ...(filter === undefined ? {} : { filter: await filterOf(filter, io) }),
          ...(template === undefined ? {} : { template: await textOf(template, io) }),
          ...(description === undefined ? {} : { description }),
        });
      }),
    );
}

export async function addHandler(context: WebSubContext, link: Omit<LinkInput, "namespace">): Promise<void> {
  const { output, namespace, webSub } = context;
  const { created, handler } = await webSub.consumers.link({ ...link, namespace });
  output.result(handler, () => output.facts(handlerFacts(handler)));
  if (!created) output.remark("it replaces the one that was there");
  await sayLinked(context, handler.consumer);
}

const textOf = async (source: string, io: Io): Promise<string> =>
  source.startsWith("@") ? readText(io, source.slice(1)) : source;

async function filterOf(source: string, io: Io): Promise<NonNullable<LinkInput["filter"]>> {
  const value = parseJson(await textOf(source, io));
  if (value !== undefined) return value as NonNullable<LinkInput["filter"]>;
  throw usageError("--filter is not JSON", `such as --filter '{"path":"entry.title","contains":"release"}'`);
}

function listCommand(parent: Command, io: Io): void {
  const command = parent
    .command("list")
    .alias("ls")
    .summary("show the handlers of a namespace")
    .description("Shows the handlers of a namespace, of a source, of a consumer, or of both.")
    .option("--consumer <name>", "only those to this consumer");
  addCommon(addListOptions(addSource(command), "handlers"))
    .addHelpText("after", "\nExample:\n  hookclock handler list --consumer my-app")
    .action((options: SourceOptions & ListOptions & { consumer?: string }) =>
      withWebSub(io, options, async ({ output, namespace, webSub }) => {
        const source = sourceOf(options);
        const { consumer } = options;
        const filter = {
          namespace,
          ...(source === null ? {} : { source }),
          ...(consumer === undefined ? {} : { consumer }),
        };
        const listed = await listUpTo(options, (asked) =>
          webSub.consumers.listHandlers({ ...filter, ...asked }),
        );
        showList(output, listed, {
          none: `no handlers in namespace "${namespace}" that fit; make one with \`hookclock handler add\``,
          columns: HANDLER_COLUMNS,
        });
      }),
    );
}

function removeCommand(parent: Command, io: Io): void {
  const command = parent
    .command("remove")
    .argument("<id>", "id of the handler: the consumer's name, unless it was given another")
    .summary("unlink a source from a consumer")
    .description("Removes a handler of a source. What is under way to its consumer ends without being sent.");
  addCommon(addSource(command))
    .addHelpText("after", "\nExample:\n  hookclock handler remove my-app --subscription blog")
    .action((id: string, options: SourceOptions) =>
      withWebSub(io, options, async ({ output, namespace, webSub }) => {
        const source = neededSource(options);
        const handler = await webSub.consumers.unlink({ namespace, source, id });
        if (handler === null) throw nothingCalled("handler", id, namespace, "handler list");
        output.result(handler, () =>
          output.lines([`${sourceText(handler)} does not go to ${handler.consumer} any more`]),
        );
      }),
    );
}
