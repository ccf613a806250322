// WebSub with all that it takes, feed and page parsers too: a file of its own in each bundle, loaded by who needs it.
import { HookclockError, readWebSubSettings, type WebSubTexts } from "@hookclock/core";
import { createWebSub, type Hooks, type WebSub, type WebSubOptions } from "hookclock";
import { CONTENT_BYTES_MAX } from "./settings.ts";

/**
 * WebSub that does its work by the tasks of these hooks.
 *
 * @throws HookclockError `handler-fault` naming the variables that cannot be used: who asks for WebSub has done nothing
 * wrong, and the operator is to hear of it. What is no WebSub goes on without.
 */
export function openWebSub(hooks: Hooks, options: WebSubOptions, texts: WebSubTexts): WebSub {
  const webSub = made(options, texts);
  webSub.attach(hooks);
  return webSub;
}

function made(options: WebSubOptions, texts: WebSubTexts): WebSub {
  try {
    return createWebSub({ ...options, ...readWebSubSettings(texts, { contentBytesMax: CONTENT_BYTES_MAX }) });
  } catch (error) {
    throw unopened(error);
  }
}

function unopened(cause: unknown): HookclockError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new HookclockError("handler-fault", `WebSub cannot be opened: ${reason}`, { cause });
}
