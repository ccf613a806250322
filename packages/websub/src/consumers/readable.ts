// One row that cannot be read must not stop what concerns the others.
import { type HookclockError, isHookclockError } from "@hookclock/core";

/** What `read` reads, or that it cannot be read. */
export function readable<Row>(read: () => Row): Row | HookclockError {
  try {
    return read();
  } catch (error) {
    if (isHookclockError(error, "row-unreadable")) return error;
    throw error;
  }
}
