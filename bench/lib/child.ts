// Processes of a benchmark: each part under test runs in its own, so that its CPU and its death are its own.
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

/** What a process can be asked: named functions with one input. */
export type Commands = Record<string, (input: never) => unknown>;

type Question = { number: number; command: string; input: unknown };
type Answer = { number: number; result?: unknown; error?: string };

/** Answers the parent's questions until it goes away. To be called once, at the end of a process's file. */
export function serve(commands: Commands): void {
  process.on("message", (message) => void answer(commands, message as Question));
  process.on("disconnect", () => process.exit(0));
  process.send?.("ready");
}

async function answer(commands: Commands, { number, command, input }: Question): Promise<void> {
  const reply: Answer = { number };
  try {
    reply.result = await commands[command]?.(input as never);
  } catch (error) {
    reply.error = error instanceof Error ? (error.stack ?? error.message) : String(error);
  }
  process.send?.(reply);
}

export class Child<C extends Commands> implements AsyncDisposable {
  readonly #process: ChildProcess;
  readonly #open = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>();
  #asked = 0;

  private constructor(child: ChildProcess) {
    this.#process = child;
    child.on("message", (message) => {
      const { number, result, error } = message as Answer;
      const waiting = this.#open.get(number);
      this.#open.delete(number);
      if (error === undefined) waiting?.resolve(result);
      else waiting?.reject(new Error(error));
    });
    child.on("exit", (code, signal) => {
      for (const { reject } of this.#open.values()) reject(new Error(`process ended: ${signal ?? code}`));
      this.#open.clear();
    });
  }

  /** Starts a file of `bench/processes`; it is ready when the promise resolves. */
  static async start<C extends Commands>(file: string): Promise<Child<C>> {
    const path = fileURLToPath(new URL(`../processes/${file}`, import.meta.url));
    const child = fork(path, { serialization: "advanced" });
    const [first] = (await Promise.race([once(child, "message"), once(child, "exit")])) as [unknown];
    if (first !== "ready") throw new Error(`${file} ended at once: ${String(first)}`);
    return new Child<C>(child);
  }

  ask<Name extends keyof C & string>(
    command: Name,
    ...[input]: Parameters<C[Name]>
  ): Promise<Awaited<ReturnType<C[Name]>>> {
    const number = this.#asked++;
    return new Promise<unknown>((resolve, reject) => {
      this.#open.set(number, { resolve, reject });
      this.#process.send({ number, command, input } satisfies Question);
    }) as Promise<Awaited<ReturnType<C[Name]>>>;
  }

  /** Ends it as a power cut would. */
  async kill(): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const ended = once(this.#process, "exit");
    this.#process.kill("SIGKILL");
    await ended;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.kill();
  }
}
