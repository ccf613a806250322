// Colours by meaning. Without colour the same text comes back.
export type Tone = "good" | "bad" | "busy" | "quiet" | "strong" | "wait" | "plain";
export type Paint = (tone: Tone, text: string) => string;

const CODES: Record<Exclude<Tone, "plain">, string> = {
  good: "32",
  bad: "31",
  busy: "36",
  wait: "33",
  quiet: "2",
  strong: "1",
};

export const plainPaint: Paint = (_tone, text) => text;
export const colourPaint: Paint = (tone, text) =>
  tone === "plain" || text === "" ? text : `\u001b[${CODES[tone]}m${text}\u001b[0m`;
export const paintFor = (colour: boolean): Paint => (colour ? colourPaint : plainPaint);
