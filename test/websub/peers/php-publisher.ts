// Debian's `php-pubsubhubbub-publisher`: tells a hub about updates. It names several topics in one request, each as
// `hub.url`, and takes 204 and nothing else for success.
import { execFile } from "node:child_process";
import { isReadable, plainEnvironment, programPath } from "./machine.ts";

const LIBRARY = "/usr/share/php/Pubsubhubbub/Publisher/autoload.php";

/** What this machine lacks for it; null when nothing. */
export const missingForPhpPublisher = (): string | null =>
  programPath("php") !== undefined && isReadable(LIBRARY)
    ? null
    : "the publisher in PHP (apt-get install php-cli php-pubsubhubbub-publisher)";

const SCRIPT = `
require $argv[1];
ob_start();
$publisher = new \\pubsubhubbub\\publisher\\Publisher($argv[2]);
$isDone = $publisher->publish_update(array_slice($argv, 3));
ob_end_clean();
echo json_encode(["isDone" => $isDone]);
`;

/** Pings the hub about the topics. Whether the publisher calls that a success. */
export const publishWithPhp = (hub: string, topics: readonly string[]): Promise<boolean> =>
  new Promise((resolve, reject) => {
    const php = programPath("php") ?? "php";
    const options = { env: plainEnvironment(), timeout: 20_000 };
    execFile(php, ["-r", SCRIPT, "--", LIBRARY, hub, ...topics], options, (error, output) => {
      if (error === null) resolve((JSON.parse(output) as { isDone: boolean }).isDone);
      else reject(new Error(`PHP failed: ${error.message}`, { cause: error }));
    });
  });
