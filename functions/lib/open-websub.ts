// WebSub with all that it takes, feed and page parsers too: a file of its own in each bundle, loaded by who needs it.
import { readWebSubSettings, type WebSubTexts } from "@hookclock/core";
import { createWebSub, type Hooks, type WebSub, type WebSubOptions } from "hookclock";

/**
 * WebSub that does its work by the tasks of these hooks.
 *
 * @throws HookclockError `invalid-input` naming the variables that cannot be used. What is no WebSub goes on without.
 */
export function openWebSub(hooks: Hooks, options: WebSubOptions, texts: WebSubTexts): WebSub {
  const webSub = createWebSub({ ...options, ...readWebSubSettings(texts) });
  webSub.attach(hooks);
  return webSub;
}
