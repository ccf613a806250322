// What parts of the live screen are drawn with.
import type { Paint, Tone } from "./paint.ts";

export type Size = { columns: number; rows: number };
export type RenderOptions = { size: Size; paint: Paint; timeZone?: string | undefined };
export type Cell = { text: string; tone?: Tone };
