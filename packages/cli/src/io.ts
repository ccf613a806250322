// The process, as far as commands may touch it. Tests of commands hand in another one.
export type Io = {
  out(text: string): void;
  err(text: string): void;
  env: Readonly<Record<string, string | undefined>>;
  inIsTerminal: boolean;
  outIsTerminal: boolean;
  errIsTerminal: boolean;
  size(): { columns: number; rows: number };
  /** Everything on standard input. */
  readInput(): Promise<string>;
  /** A line typed on the terminal that nobody sees; null when the user would rather not. */
  readSecret(prompt: string): Promise<string | null>;
  readFile(path: string): Promise<string>;
  /** A file as it is; - for standard input. */
  readBytes(path: string): Promise<Uint8Array>;
  /** Rejects with code `EOPEN` when others than its owner may read it. */
  readPrivateFile(path: string): Promise<string>;
  /** Makes or replaces a file, and the folders on its way, for its owner alone. */
  writePrivateFile(path: string, text: string): Promise<void>;
  /** False when there was none. */
  removeFile(path: string): Promise<boolean>;
  now(): number;
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** A text that no other call gives. */
  newId(): string;
  /** Fit for secrets. */
  randomBytes(size: number): Uint8Array;
  pid: number;
  onExit(work: () => void): void;
  /** Aborts at the first SIGINT or SIGTERM; a second one ends the process with 130. Without a call, signals do what they do. */
  stopSignal(): AbortSignal;
};

export const wantsColour = (io: Pick<Io, "env" | "outIsTerminal">): boolean =>
  io.outIsTerminal && (io.env["NO_COLOR"] ?? "") === "" && io.env["TERM"] !== "dumb";
