// What is said to one consumer directly, and events for all who want them.
import type { Command } from "commander";
import type { TellInput } from "hookclock";
import { parseJson, readBody } from "../content.ts";
import { withWebSub } from "../context.ts";
import { usageError } from "../errors.ts";
import type { Io } from "../io.ts";
import { addCommon } from "./subscription.ts";

export function publishCommands(program: Command, io: Io): void {
  tellCommand(program, io);
  const event = program
    .command("event")
    .summary("publish events of dotted topics")
    .description(
      "Events of dotted topics such as orders.paid: for handlers, and for callbacks that subscribed.",
    );
  eventCommand(event, io);
}

function tellCommand(program: Command, io: Io): void {
  const command = program
    .command("tell")
    .argument("<consumer>", "name of the consumer")
    .argument("<message>", "a text; - for standard input")
    .summary("send a message to a consumer directly")
    .description(
      "Sends a message to a consumer directly. Where it is missing or disabled, the message waits as a FAILED task.",
    )
    .option("--parse", "the message is JSON, not a text")
    .option("--id <id>", "your own id: the same id and message again is the same delivery");
  addCommon(command)
    .addHelpText(
      "after",
      `
Examples:
  hookclock tell team "Deployed."
  hookclock tell my-app '{"version": 7}' --parse --id deploy-7`,
    )
    .action((consumer: string, message: string, options: { parse?: boolean; id?: string }) =>
      withWebSub(io, options, async ({ output, namespace, webSub }) => {
        const { id, parse } = options;
        const text = message === "-" ? await io.readInput() : message;
        const told = await webSub.consumers.tell({
          ...{ namespace, consumer, message: parse ? jsonOf(text) : text },
          ...(id === undefined ? {} : { id }),
        });
        output.result(told, () =>
          output.lines([`on its way to ${namespace}/${consumer}: task ${told.taskId}`]),
        );
        if (told.consumer === "enabled") return;
        output.remark(
          `consumer "${consumer}" is ${told.consumer}: the message waits as FAILED; \`hookclock consumer ${told.consumer === "missing" ? "add" : "enable"}\`, then \`consumer replay\``,
        );
      }),
    );
}

function jsonOf(text: string): TellInput["message"] {
  const value = parseJson(text);
  if (value !== undefined) return value as TellInput["message"];
  throw usageError("the message is not JSON", "leave --parse out to send it as a text");
}

function eventCommand(parent: Command, io: Io): void {
  const command = parent
    .command("publish")
    .argument("<topic>", "dotted, such as orders.paid")
    .argument("<payload>", "JSON, @file to read it from a file, - from standard input")
    .summary("publish an event")
    .description(
      "Publishes an event: it goes once to each callback and each handler of its topic, or of one above it.",
    )
    .option("--id <id>", "your own id: a repeat is no second event");
  addCommon(command)
    .addHelpText(
      "after",
      `
Examples:
  hookclock event publish orders.paid '{"order": 17}'
  hookclock event publish orders.paid @order.json --id order-17-paid`,
    )
    .action((predicate: string, source: string, options: { id?: string }) =>
      withWebSub(
        io,
        options,
        async ({ output, namespace, webSub }) => {
          const { id } = options;
          const payload = (await readBody(source, io, "the payload")) as TellInput["message"];
          const published = await webSub.events.publish({
            ...{ namespace, predicate, payload },
            ...(id === undefined ? {} : { id }),
          });
          output.result(published, () =>
            output.lines([`event ${published.id} goes to all who want ${predicate}`]),
          );
        },
        { publishes: true },
      ),
    );
}
