// The frame of all benchmarks: what they are given, and what they give back.
import { missingForDynamoDbLocal, startDynamoDbLocal } from "@hookclock/testkit";
import type { DatabaseCommands } from "../processes/database.ts";
import type { HubCommands, OpenHub } from "../processes/hub.ts";
import type { RawWriterCommands } from "../processes/raw-writer.ts";
import type { ReceiverCommands } from "../processes/receiver.ts";
import type { OpenInput, WorkerCommands } from "../processes/worker.ts";
import { Child } from "./child.ts";
import type { Figure } from "./figures.ts";

export type DatabaseName = "dynalite" | "DynamoDB Local";
export type Benchmark = {
  name: string;
  title: string;
  /** How it is measured, in a line or two. */
  how: string;
  measure(bench: Bench): Promise<Figure[]>;
};

/** Everything one run of a benchmark uses; what it starts ends with it. */
export class Bench implements AsyncDisposable {
  readonly quick: boolean;
  readonly #library: string | undefined;
  readonly #started: AsyncDisposable[] = [];
  #tables = 0;

  constructor(options: { quick: boolean; library: string | undefined }) {
    this.quick = options.quick;
    this.#library = options.library;
  }

  /** The full count, or the small one with `--quick`. */
  count(full: number, quick: number): number {
    return this.quick ? quick : full;
  }

  async database(name: DatabaseName): Promise<string> {
    if (name === "dynalite") {
      const child = await this.#child<DatabaseCommands>("database.ts");
      return child.ask("open", null);
    }
    const missing = await missingForDynamoDbLocal();
    if (missing !== null) throw new Error(`DynamoDB Local cannot run here: ${missing}`);
    const { endpoint, stop } = await startDynamoDbLocal();
    this.#started.push({ [Symbol.asyncDispose]: stop });
    return endpoint;
  }

  /** A receiver that answers 200, and its address. */
  async receiver(options: { answerAfterMs?: number } = {}) {
    const receiver = await this.#child<ReceiverCommands>("receiver.ts");
    return { receiver, url: await receiver.ask("open", options) };
  }

  async worker(input: Omit<OpenInput, "library">): Promise<Child<WorkerCommands>> {
    const worker = await this.#child<WorkerCommands>("worker.ts");
    await worker.ask("open", { ...input, library: this.#library });
    return worker;
  }

  async hub(input: Omit<OpenHub, "library">): Promise<Child<HubCommands>> {
    const hub = await this.#child<HubCommands>("hub.ts");
    await hub.ask("open", { ...input, library: this.#library });
    return hub;
  }

  async rawWriter(endpoint: string): Promise<Child<RawWriterCommands>> {
    const writer = await this.#child<RawWriterCommands>("raw-writer.ts");
    await writer.ask("open", { endpoint, table: this.newTables() });
    return writer;
  }

  /** A prefix for tables that no other measurement uses. */
  newTables(): string {
    this.#tables += 1;
    return `bench${this.#tables}`;
  }

  async #child<C extends Record<string, (input: never) => unknown>>(file: string): Promise<Child<C>> {
    const child = await Child.start<C>(file);
    this.#started.push(child);
    return child;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const one of this.#started.reverse()) await one[Symbol.asyncDispose]();
  }
}
