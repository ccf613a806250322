// dynalite ships no types; this is the part of it that is used.
declare module "dynalite" {
  import type { Server } from "node:http";

  export type DynaliteOptions = {
    createTableMs?: number;
    deleteTableMs?: number;
    updateTableMs?: number;
    /** Folder of the LevelDB store; in memory when left out. */
    path?: string;
  };
  export default function dynalite(options?: DynaliteOptions): Server;
}
