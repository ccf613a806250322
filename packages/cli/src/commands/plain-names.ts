// The same things under names of one word: for scripts that know them so.
import type { Command } from "commander";
import { consumersIn } from "../consumer-content.ts";
import { withWebSub } from "../context.ts";
import type { Io } from "../io.ts";
import { addListOptions } from "../lists.ts";
import { addConsumers } from "./consumer.ts";
import { addHandler } from "./handler.ts";
import { type AddOptions, addCommon, addSubscription, listSubscriptions } from "./subscription.ts";

export function plainNames(program: Command, io: Io): void {
  program.commandsGroup("Other names:");
  addCommon(
    program
      .command("add-subscription")
      .argument("<hub>", "URL of the hub")
      .argument("<topic>", "URL of the topic")
      .summary("as `subscription add TOPIC --hub HUB`")
      .description("As `hookclock subscription add TOPIC --hub HUB`.")
      .option("--id <id>", "your own id (default: a random one)")
      .option("--consumer <name>", "link this consumer to it, too"),
  )
    .addHelpText(
      "after",
      "\nExample:\n  hookclock add-subscription https://hub.example.com/ https://example.com/feed",
    )
    .action((hub: string, topic: string, options: AddOptions) =>
      withWebSub(io, options, (context) => addSubscription(context, topic, { ...options, hub })),
    );
  addCommon(
    addListOptions(
      program
        .command("get-subscriptions")
        .summary("as `subscription list`")
        .description("As `hookclock subscription list`."),
      "subscriptions",
    ),
  )
    .addHelpText("after", "\nExample:\n  hookclock get-subscriptions --json")
    .action((options) => withWebSub(io, options, (context) => listSubscriptions(context, options)));
  addCommon(
    program
      .command("add-consumer")
      .argument("<file>", "JSON: a consumer or a list of them; - for standard input")
      .summary("as `consumer add FILE`")
      .description("As `hookclock consumer add FILE`."),
  )
    .addHelpText("after", "\nExample:\n  hookclock add-consumer consumer.json")
    .action((file: string, options: object) =>
      withWebSub(io, options, async (context) =>
        addConsumers(context, await consumersIn(file, context.namespace, io)),
      ),
    );
  addCommon(
    program
      .command("add-handler")
      .alias("create-handler")
      .argument("<id>", "id of the subscription")
      .argument("<consumer>", "name of the consumer")
      .argument("[description]", "for people")
      .summary("as `handler add CONSUMER --subscription ID`")
      .description("As `hookclock handler add CONSUMER --subscription ID`."),
  )
    .addHelpText("after", '\nExample:\n  hookclock add-handler blog my-app "the blog"')
    .action((subscription: string, consumer: string, description: string | undefined, options: object) =>
      withWebSub(io, options, (context) =>
        addHandler(context, {
          ...{ source: { subscription }, consumer },
          ...(description === undefined ? {} : { description }),
        }),
      ),
    );
}
