// dynalite in a process of its own.
import { startDynalite } from "@hookclock/testkit";
import { serve } from "../lib/child.ts";

const commands = {
  open: async (_: null) => (await startDynalite()).endpoint,
};
export type DatabaseCommands = typeof commands;
serve(commands);
