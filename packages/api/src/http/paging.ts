// Cursors of a call: to the library's position and back.
import type { Call } from "../route.ts";
import { decodeCursor, encodeCursor } from "./cursor.ts";

type Paged = Pick<Call<unknown, unknown>, "deps" | "cursorQuery">;

/** The position that a caller's cursor stands for; null without one. Throws `invalid-cursor`. */
export async function positionOf({ deps, cursorQuery }: Paged, cursor: string | undefined): Promise<unknown> {
  if (cursor === undefined) return null;
  return decodeCursor(await deps.cursorSecret(), cursorQuery, cursor);
}

/** The cursor for a position; null for none. */
export async function cursorOf(
  { deps, cursorQuery }: Paged,
  position: object | null,
): Promise<string | null> {
  if (position === null) return null;
  return encodeCursor(await deps.cursorSecret(), cursorQuery, position);
}
