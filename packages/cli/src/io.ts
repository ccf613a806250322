// The process, as far as commands may touch it. Tests of commands hand in another one.
export type Io = {
  out(text: string): void;
  err(text: string): void;
  env: Readonly<Record<string, string | undefined>>;
  outIsTerminal: boolean;
  errIsTerminal: boolean;
  size(): { columns: number; rows: number };
  /** Everything on standard input. */
  readInput(): Promise<string>;
  readFile(path: string): Promise<string>;
  now(): number;
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  pid: number;
  onExit(work: () => void): void;
  /** Aborts at the first SIGINT or SIGTERM; a second one ends the process with 130. Without a call, signals do what they do. */
  stopSignal(): AbortSignal;
};

export const wantsColour = (io: Pick<Io, "env" | "outIsTerminal">): boolean =>
  io.outIsTerminal && (io.env["NO_COLOR"] ?? "") === "" && io.env["TERM"] !== "dumb";
