// A real browser for tests: the machine's own Chromium, without a window.
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { type Browser, chromium } from "playwright-core";

const NAMES = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

const isExecutable = (path: string): boolean => {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
};

const executable = (): string | undefined =>
  (process.env["PATH"] ?? "")
    .split(delimiter)
    .flatMap((folder) => NAMES.map((name) => join(folder, name)))
    .find(isExecutable);

/** What this machine lacks for tests in a browser; null when nothing. */
export const missingForChromium = (): string | null =>
  executable() === undefined ? "Chromium, for tests in a real browser (apt-get install chromium)" : null;

/** Starts Chromium. Tests run as root in containers, where its sandbox cannot. */
export function launchChromium(): Promise<Browser> {
  const executablePath = executable();
  if (executablePath === undefined) throw new Error("there is no Chromium on this machine");
  return chromium.launch({ executablePath, args: ["--no-sandbox"] });
}
