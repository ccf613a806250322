// WebSub with all that it takes, feed and page parsers too: a file of its own in each bundle, loaded by who needs it.
import { createWebSub, type Hooks, type WebSub, type WebSubOptions } from "hookclock";

/** WebSub that does its work by the tasks of these hooks. */
export function openWebSub(hooks: Hooks, options: WebSubOptions): WebSub {
  const webSub = createWebSub(options);
  webSub.attach(hooks);
  return webSub;
}
