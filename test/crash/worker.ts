// A worker process of the crash tests: bundled, started as a child, told by messages, killed from outside.
import Hooks, {
  createWebSub,
  type EngineEvent,
  type HooksOptions,
  type WebSub,
  type WebSubOptions,
} from "hookclock";

export type Order =
  | { do: "open"; options: HooksOptions; webSub: WebSubOptions | null }
  | { do: "run"; pollMs: number }
  | { do: "trigger" };
export type Report =
  | { type: "ready" }
  | { type: "result"; result: { processed: number; lost: number; errors: number } }
  | { type: "event"; event: Pick<EngineEvent, "type"> & { id?: string } };

const stop = new AbortController();
process.on("SIGTERM", () => stop.abort());
const report = (message: Report) => process.send?.(message);
let hooks: Hooks | undefined;
let webSub: WebSub | undefined;

async function obey(order: Order): Promise<void> {
  if (order.do === "open") {
    const onEvent = (event: EngineEvent) => {
      if (event.type === "lost") report({ type: "event", event: { type: event.type, id: event.id } });
    };
    if (order.webSub !== null) webSub = createWebSub(order.webSub);
    hooks = new Hooks({ ...order.options, ...(webSub ? { handlers: webSub.attach } : {}), onEvent });
    await hooks.ready();
    report({ type: "ready" });
    return;
  }
  if (hooks === undefined) throw new Error("not opened");
  const { signal } = stop;
  const result =
    order.do === "run" ? await hooks.run({ signal, pollMs: order.pollMs }) : await hooks.trigger();
  report({ type: "result", result });
  if (order.do === "run") {
    await hooks.close();
    await webSub?.close();
    process.disconnect();
  }
}

process.on("message", (order: Order) => void obey(order));
