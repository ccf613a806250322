// The body of a form that somebody posted, before anything is known of what it asks for.

export type Form = { readonly fields: ReadonlyMap<string, readonly string[]> };
export type FormFault = { problem: string };

const TYPE = /^\s*application\/x-www-form-urlencoded\s*(?:;|$)/i;

/** Whether a `Content-Type` names a form. Parameters are let pass: the bytes are read as UTF-8 in any case. */
export const isFormType = (contentType: string): boolean => TYPE.test(contentType);

/** Reads `application/x-www-form-urlencoded` as the URL standard does. Never fails: any bytes are some form. */
export function readForm(body: Uint8Array): Form {
  const fields = new Map<string, string[]>();
  for (const [name, value] of new URLSearchParams(new TextDecoder().decode(body))) {
    const there = fields.get(name);
    if (there === undefined) fields.set(name, [value]);
    else there.push(value);
  }
  return { fields };
}

/**
 * The one value of a field; undefined when it is missing or empty. Repeats of the same value are one value; with
 * different ones nobody can tell what was meant.
 */
export function oneOf({ fields }: Form, name: string): string | undefined | FormFault {
  const [value, ...others] = new Set(fields.get(name));
  if (others.length > 0) return { problem: `${name} is given several times with different values` };
  return value === "" ? undefined : value;
}
