import fc from "fast-check";
import { expect, test } from "vitest";
import { BodyHead, textOf } from "./body-head.ts";

test("however the bytes are cut into chunks, the head is the same", () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 2_000 }),
      fc.array(fc.integer({ min: 1, max: 9 })),
      fc.nat(2_000),
      (bytes, sizes, max) => {
        const head = new BodyHead(max);
        const body = Buffer.from(bytes);
        for (let at = 0, turn = 0; at < body.length; turn += 1) {
          const size = sizes[turn % sizes.length] ?? body.length;
          head.add(body.subarray(at, at + size));
          at += size;
        }
        expect(head.bytes()).toEqual(body.subarray(0, max));
        expect(head.seenBytes).toBe(body.length);
        expect(head.overflowed).toBe(body.length > max);
      },
    ),
  );
});

test("any text survives whole, and a cut one is its beginning without half characters", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme" }), fc.nat(50), (text, max) => {
      const bytes = Buffer.from(text);
      expect(textOf(bytes, false, bytes.length)).toEqual({ body: text });
      const cut = textOf(bytes, false, max);
      expect(text.startsWith(cut.body)).toBe(true);
      expect(Buffer.byteLength(cut.body)).toBeLessThanOrEqual(max);
      expect(cut.truncated ?? false).toBe(bytes.length > max);
      if (bytes.length > max) expect(max - Buffer.byteLength(cut.body)).toBeLessThan(4);
    }),
  );
});

test("any bytes come back, as far as there is room for them", () => {
  fc.assert(
    fc.property(fc.uint8Array(), fc.nat(300), (raw, max) => {
      const bytes = Buffer.from(raw);
      const { body, encoding, truncated } = textOf(bytes, false, max);
      expect(Buffer.byteLength(body)).toBeLessThanOrEqual(max);
      const back = Buffer.from(body, encoding ?? "utf8");
      expect(back).toEqual(bytes.subarray(0, back.length));
      if (truncated === undefined) expect(back).toHaveLength(bytes.length);
    }),
  );
});
