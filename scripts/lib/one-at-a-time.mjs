import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";

const POLL_MS = 150;

const isAlive = (pid) => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === "EPERM";
  }
};

/** The process that holds the lock, 0 when the file is gone or not yet written. */
const holderOf = (path) => {
  try {
    return Number(readFileSync(path, "utf8")) || 0;
  } catch {
    return 0;
  }
};

const tryTake = (path) => {
  try {
    writeFileSync(path, String(process.pid), { flag: "wx" });
    return true;
  } catch (error) {
    if (error.code === "EEXIST") return false;
    throw error;
  }
};

/** Takes a dead process's lock away. Renaming first keeps two rescuers from both removing it. */
const removeStale = (path, deadPid) => {
  const aside = `${path}.${process.pid}`;
  try {
    renameSync(path, aside);
  } catch {
    return;
  }
  // Somebody was quicker and the file we moved is already theirs: put it back.
  if (holderOf(aside) === deadPid) rmSync(aside, { force: true });
  else renameSync(aside, path);
};

/**
 * Runs `work` while no other process runs it for the same lock file, and waits for its turn.
 * A lock whose process has died is taken over, so a killed set-up blocks nobody.
 */
export const oneAtATime = async (path, work, onWait = () => {}) => {
  mkdirSync(dirname(path), { recursive: true });
  let told = false;
  while (!tryTake(path)) {
    const pid = holderOf(path);
    if (pid !== 0 && !isAlive(pid)) {
      removeStale(path, pid);
      continue;
    }
    if (!told) onWait(pid);
    told = true;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  try {
    return await work();
  } finally {
    rmSync(path, { force: true });
  }
};
