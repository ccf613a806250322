import fc from "fast-check";
import { expect, test } from "vitest";
import { type Fields, mergeIntoQuery } from "./request-parts.ts";

const PLACE = "https://a.example/p";
const key = fc.constantFrom("a", "b", "%61", "c", "", "__proto__", "k+1", "ü", "?a");
const pair = fc.oneof(
  key,
  fc.tuple(key, fc.webQueryParameters({ size: "small" })).map((parts) => parts.join("=")),
);
const query = fc
  .array(pair, { maxLength: 8 })
  .map((pairs) => pairs.filter((text) => !text.includes("&")).join("&"));
const value = fc.oneof(
  fc.string(),
  fc.integer(),
  fc.boolean(),
  fc.array(fc.string(), { minLength: 1, maxLength: 3 }),
);
const fields: fc.Arbitrary<Fields> = fc.dictionary(
  fc.constantFrom("a", "c", "d", "__proto__", "k 1", "ü"),
  value,
  { maxKeys: 4 },
);

const search = (url: string) => new URL(url).searchParams;

test("what the body does not name stays byte for byte and in order", () => {
  fc.assert(
    fc.property(query, fields, (text, body) => {
      const names = new Set(Object.keys(body));
      const isOther = (part: string) => !names.has([...new URLSearchParams(`&${part}`).keys()][0] ?? "");
      const others = (url: string) =>
        url
          .slice(PLACE.length + 1)
          .split("&")
          .filter((part) => part !== "" && isOther(part));
      expect(others(mergeIntoQuery(`${PLACE}?${text}`, body))).toEqual(others(`${PLACE}?${text}`));
    }),
  );
});

test("every field is in the query with its values and no others, merged once or twice", () => {
  fc.assert(
    fc.property(query, fields, (text, body) => {
      const merged = mergeIntoQuery(`${PLACE}?${text}#fragment`, body);
      for (const [name, one] of Object.entries(body)) {
        const wanted = (Array.isArray(one) ? one : [one]).map((entry) => String(entry).toWellFormed());
        expect(search(merged).getAll(name)).toEqual(wanted);
      }
      expect(merged).not.toContain("#");
      expect(mergeIntoQuery(merged, body)).toBe(merged);
    }),
  );
});
