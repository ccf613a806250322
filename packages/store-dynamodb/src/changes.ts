// From two versions of a row to the smallest write that leads from one to the other.
import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import { type Attributes, type Item, type Scalar, toAttribute } from "./attributes.ts";

export type Difference = { set: [name: string, value: Scalar][]; remove: string[] };

/** Attributes to set and to remove. Both versions have the same key. */
export function difference(before: Item, after: Item): Difference {
  const set: Difference["set"] = [];
  const remove: string[] = [];
  for (const name in after) {
    const value = after[name] as Scalar;
    if (before[name] !== value) set.push([name, value]);
  }
  for (const name in before) if (after[name] === undefined) remove.push(name);
  return { set, remove };
}

/** Parts of an UpdateItem that applies the difference if the row still is at version `rev`. */
export function updateParts({ set, remove }: Difference, rev: number) {
  const names: Record<string, string> = { "#rev": "rev" };
  const values: Attributes = { ":rev": toAttribute(rev) };
  const sets: string[] = [];
  const removes: string[] = [];
  for (const [index, [name, value]] of set.entries()) {
    names[`#s${index}`] = name;
    values[`:s${index}`] = toAttribute(value);
    sets.push(`#s${index} = :s${index}`);
  }
  for (const [index, name] of remove.entries()) {
    names[`#r${index}`] = name;
    removes.push(`#r${index}`);
  }
  const setPart = sets.length > 0 ? `SET ${sets.join(", ")}` : "";
  const removePart = removes.length > 0 ? `REMOVE ${removes.join(", ")}` : "";
  return {
    UpdateExpression: [setPart, removePart].filter((part) => part !== "").join(" "),
    ConditionExpression: "#rev = :rev",
    ExpressionAttributeNames: names,
    ExpressionAttributeValues: values,
  };
}

const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/** The same write as one PartiQL statement. Rows that change alike share the statement's text, not its values. */
export function updateStatement(table: string, key: Item, { set, remove }: Difference, rev: number) {
  let text = `UPDATE ${quoted(table)}`;
  const parameters: AttributeValue[] = [];
  for (const [name, value] of set) {
    text += ` SET ${quoted(name)}=?`;
    parameters.push(toAttribute(value));
  }
  for (const name of remove) text += ` REMOVE ${quoted(name)}`;
  text += ' WHERE "namespace"=? AND "id"=? AND "rev"=?';
  parameters.push(toAttribute(key["namespace"] ?? ""), toAttribute(key["id"] ?? ""), toAttribute(rev));
  return { Statement: text, Parameters: parameters };
}
