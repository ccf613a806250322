// What the machine must have for the peers that npm does not bring.
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";

const isThere = (path: string, mode: number): boolean => {
  try {
    accessSync(path, mode);
    return true;
  } catch {
    return false;
  }
};

/** Where a program lies; undefined when the machine has none of that name. */
export const programPath = (name: string): string | undefined =>
  [...(process.env["PATH"] ?? "").split(delimiter), "/usr/sbin", "/sbin"]
    .map((folder) => join(folder, name))
    .find((path) => isThere(path, constants.X_OK));

export const isReadable = (path: string): boolean => isThere(path, constants.R_OK);

/** The environment for foreign programs: nothing that would lead their requests elsewhere. */
export const plainEnvironment = (): { [name: string]: string } => ({
  PATH: process.env["PATH"] ?? "",
  LANG: "C.UTF-8",
});
