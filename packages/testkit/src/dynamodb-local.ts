// DynamoDB Local, the service's own emulator. It is Java; its jar is fetched once into a cache folder.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import type { LocalDatabase } from "./dynalite.ts";
import { fetchDynamoDbLocal } from "./dynamodb-local-fetch.ts";

const READY_WITHIN_MS = 40_000;
const POLL_MS = 100;

/** Why DynamoDB Local cannot run here, or null when it can. */
export async function missingForDynamoDbLocal(): Promise<string | null> {
  const java = spawn("java", ["-version"], { stdio: "ignore" });
  const answer = await Promise.race([
    once(java, "error").then(() => "java is not installed"),
    once(java, "exit").then(([code]) => (code === 0 ? null : `java -version ends with ${String(code)}`)),
  ]);
  return answer;
}

/**
 * Starts DynamoDB Local in memory on a free port; ready when the promise resolves, ended by `stop`.
 * The program has no option for the address it binds to, so it listens on all of them: use it on trusted machines.
 */
export async function startDynamoDbLocal(): Promise<LocalDatabase> {
  const folder = await fetchDynamoDbLocal();
  const port = await freePort();
  const java = spawn(
    "java",
    [
      "-Xmx512m",
      `-Djava.library.path=${folder}/DynamoDBLocal_lib`,
      "-jar",
      `${folder}/DynamoDBLocal.jar`,
      "-inMemory",
      "-disableTelemetry",
      "-port",
      String(port),
    ],
    { cwd: folder, stdio: ["ignore", "ignore", "pipe"] },
  );
  // A test run that dies must not leave a Java process behind.
  const endWithUs = (): void => void java.kill("SIGKILL");
  process.once("exit", endWithUs);
  const stop = async (): Promise<void> => {
    process.off("exit", endWithUs);
    if (java.exitCode !== null || java.signalCode !== null) return;
    const ended = once(java, "exit");
    java.kill("SIGKILL");
    await ended;
  };
  const endpoint = `http://127.0.0.1:${port}`;
  try {
    await untilAnswering(endpoint, java);
  } catch (error) {
    await stop();
    throw error;
  }
  return { endpoint, stop };
}

async function untilAnswering(endpoint: string, java: ChildProcess): Promise<void> {
  let complaint = "";
  java.stderr?.setEncoding("utf8").on("data", (text: string) => {
    complaint = (complaint + text).slice(-2_000);
  });
  for (let waitedMs = 0; waitedMs < READY_WITHIN_MS; waitedMs += POLL_MS) {
    if (java.exitCode !== null) throw new Error(`DynamoDB Local ended at once: ${complaint}`);
    // Any HTTP answer will do: a request without a signature is refused, but by a server that is up.
    const answered = await fetch(endpoint, { method: "GET" }).then(
      () => true,
      () => false,
    );
    if (answered) return;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  throw new Error(`DynamoDB Local did not answer within ${READY_WITHIN_MS} ms: ${complaint}`);
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}
