// Whole numbers that JSON can write and a double cannot hold.

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
/** Digits of the longest number that is not infinite. */
const DIGITS_MAX = 309;

/**
 * Whether a whole number in a JSON text would come out with other digits than it was written with: 9007199254740993 is
 * 9007199254740992 once it was read. Of fractions nobody expects that they keep all digits; of ids and amounts everybody does.
 */
export function losesDigits(json: string): boolean {
  for (let at = 0; at < json.length; at += 1) {
    const char = json.charCodeAt(at);
    if (char === QUOTE) {
      at = endOfJsonString(json, at);
    } else if (isDigit(char)) {
      const end = endOfNumber(json, at);
      if (!keepsDigits(json.slice(at, end))) return true;
      at = end - 1;
    }
  }
  return false;
}

/** Where the string that begins at `start` has its closing quote; the text's end when there is none. */
export function endOfJsonString(json: string, start: number): number {
  for (let at = start + 1; at < json.length; at += 1) {
    const char = json.charCodeAt(at);
    if (char === BACKSLASH) at += 1;
    else if (char === QUOTE) return at;
  }
  return json.length;
}

const isDigit = (char: number): boolean => char >= 0x30 && char <= 0x39;

function endOfNumber(json: string, start: number): number {
  let at = start;
  while (at < json.length && /[\d.eE+-]/.test(json.charAt(at))) at += 1;
  return at;
}

function keepsDigits(literal: string): boolean {
  if (literal.length <= 15 || !/^\d+$/.test(literal)) return true;
  if (literal.length > DIGITS_MAX) return false;
  return digitsOf(String(Number(literal))) === digitsOf(literal);
}

/** Of 12300, 1.23e+4 and 123 the same. */
const digitsOf = (number: string): string => number.replace(/e.*/, "").replace(".", "").replace(/0+$/, "");
