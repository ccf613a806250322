// The suite's own reading of `Link`: simpler than the standard, so that other legal spellings fail here as they do there.

const trimQuotes = (value: string): string => value.replace(/^["']+|["']+$/g, "");

const relationsOf = (parameters: readonly string[]): string[] => {
  const rel = parameters.find((parameter) => parameter.startsWith("rel="));
  return rel === undefined ? [] : trimQuotes(rel.slice("rel=".length)).toLowerCase().split(" ");
};

/** Targets by relation, in the order they come. Entries end at comma and space, parameters at semicolon and space. */
export const targetsOf = (headers: readonly string[], relation: string): string[] =>
  headers
    .flatMap((header) => header.trim().split(", "))
    .flatMap((entry) => {
      const [target = "", ...parameters] = entry.split("; ");
      return relationsOf(parameters).includes(relation) ? [target.replace(/^[<>]+|[<>]+$/g, "")] : [];
    });
