// use-dynamodb, bound to our own client. It wants long-lived keys in its constructor, which a role has not; its
// `client` is a public field, so it is made with placeholders and handed the client that has the real ones.
import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import * as imported from "use-dynamodb";

type LibraryModule = typeof imported.default;
type LibraryClass = LibraryModule["default"];
export type Library = InstanceType<LibraryClass>;
export type LibraryIndexes = NonNullable<ConstructorParameters<LibraryClass>[0]["indexes"]>;

/** The package is an ES module that calls itself CommonJS: bundlers give the class, Node's interop wraps it. */
function libraryClass(): LibraryClass {
  const found: LibraryModule | LibraryClass = imported.default;
  return typeof found === "function" ? found : found.default;
}

export function makeLibrary(
  client: DynamoDBClient,
  options: { table: string; partition: string; sort: string; indexes: LibraryIndexes },
): Library {
  const library = new (libraryClass())({
    accessKeyId: "placeholder",
    secretAccessKey: "placeholder",
    region: "us-east-1",
    table: options.table,
    schema: { partition: options.partition, sort: options.sort },
    indexes: options.indexes,
  });
  library.client = DynamoDBDocumentClient.from(client, { marshallOptions: { removeUndefinedValues: true } });
  return library;
}
