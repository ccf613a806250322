// The command line, for tests; the built command starts in main.ts.
export type { Io } from "./io.ts";
export { runCli } from "./program.ts";
