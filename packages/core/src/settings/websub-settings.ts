// What WebSub can be told by texts: environment variables, or options of a command line. Pure: texts are handed in.
import { HookclockError } from "../errors.ts";
import { ADDRESS_FORMS, parseAddressPattern } from "./address-pattern.ts";
import { WEBSUB_VARIABLES, type WebSubVariable } from "./websub-variables.ts";

const METHODS = ["sha1", "sha256", "sha384", "sha512"] as const;

/** As the library takes it; what was not said is not there. */
export type WebSubSettings = {
  contentBytesMax?: number;
  leaseSeconds?: number;
  hub: {
    leaseSecondsMin?: number;
    leaseSecondsMax?: number;
    signature?: (typeof METHODS)[number];
    verifyEvents?: boolean;
    openEvents?: boolean;
    publicPages?: boolean;
    allow?: { topics?: string[]; callbacks?: string[]; publishers?: string[] };
  };
};
/** Empty is as good as not said: that is how a template leaves one out. */
export type WebSubTexts = { readonly [Name in WebSubVariable]?: string | undefined };
export type WebSubTextRules = {
  /** How the user wrote it, for errors. Default: the environment's variable. */
  nameOf?: (variable: WebSubVariable) => string;
  /** Default 16 MiB, what the library takes. */
  contentBytesMax?: number;
};

const LEASE_SECONDS_MAX = 365 * 86_400;
const CONTENT_BYTES_MIN = 1_024;
const CONTENT_BYTES_MAX = 16 * 1024 * 1024;
const FLAGS: Readonly<Record<string, boolean>> = {
  ...{ "1": true, true: true, yes: true, on: true },
  ...{ "0": false, false: false, no: false, off: false },
};

/** A fault ends the reading of one text; what is wrong with the others is still found. */
class Fault extends Error {}

const whole =
  (min: number, max: number) =>
  (text: string): number => {
    const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
    if (value >= min && value <= max) return value;
    throw new Fault(`allowed is a whole number from ${min} to ${max}`);
  };

function flag(text: string): boolean {
  const value = FLAGS[text.toLowerCase()];
  if (value === undefined) throw new Fault("allowed are true and false");
  return value;
}

function method(text: string): (typeof METHODS)[number] {
  const found = METHODS.find((one) => one === text.toLowerCase());
  if (found === undefined) throw new Fault(`allowed are ${METHODS.join(", ")}`);
  return found;
}

/** Separated by commas or spaces; entries are checked, and kept as they were written. */
function addresses(text: string): string[] {
  const entries = text.split(/[\s,]+/).filter((entry) => entry !== "");
  entries.forEach((entry, index) => {
    try {
      parseAddressPattern(entry);
    } catch (error) {
      if (!(error instanceof HookclockError)) throw error;
      throw new Fault(`entry ${index + 1} is not ${ADDRESS_FORMS}`, { cause: error });
    }
  });
  return entries;
}

/**
 * Reads settings of WebSub from texts.
 *
 * @throws HookclockError `invalid-input` naming every text that is wrong, by `nameOf`. Values are not shown.
 */
export function readWebSubSettings(texts: WebSubTexts, rules: WebSubTextRules = {}): WebSubSettings {
  const { nameOf = (variable) => WEBSUB_VARIABLES[variable], contentBytesMax = CONTENT_BYTES_MAX } = rules;
  const faults: string[] = [];
  const read = <Name extends WebSubVariable, Value>(name: Name, parse: (text: string) => Value) => {
    const text = texts[name]?.trim() ?? "";
    if (text === "") return {};
    try {
      return { [name]: parse(text) } as { [Key in Name]?: Value };
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      faults.push(`${nameOf(name)}: ${error.message}`);
      return {};
    }
  };
  const seconds = whole(1, LEASE_SECONDS_MAX);
  const lease = read("leaseSeconds", seconds);
  const bounds = { ...read("leaseSecondsMin", seconds), ...read("leaseSecondsMax", seconds) };
  const allow = {
    ...read("topics", addresses),
    ...read("callbacks", addresses),
    ...read("publishers", addresses),
  };
  const settings: WebSubSettings = {
    ...read("contentBytesMax", whole(CONTENT_BYTES_MIN, contentBytesMax)),
    ...lease,
    hub: {
      ...bounds,
      ...read("signature", method),
      ...read("verifyEvents", flag),
      ...read("openEvents", flag),
      ...read("publicPages", flag),
      ...(Object.keys(allow).length === 0 ? {} : { allow }),
    },
  };
  faults.push(...disordered({ ...lease, ...bounds }, nameOf));
  if (faults.length === 0) return settings;
  throw new HookclockError("invalid-input", faults.join("; "), { field: faults[0]?.split(":")[0] });
}

/** Each by itself may be fine where the three together are not. */
function disordered(
  leases: { leaseSeconds?: number; leaseSecondsMin?: number; leaseSecondsMax?: number },
  nameOf: (variable: WebSubVariable) => string,
): string[] {
  const order = ["leaseSecondsMin", "leaseSeconds", "leaseSecondsMax"] as const;
  const said = order.filter((name) => leases[name] !== undefined);
  return said.flatMap((name, index) => {
    const next = said[index + 1];
    if (next === undefined || (leases[name] ?? 0) <= (leases[next] ?? 0)) return [];
    return [`${nameOf(name)}: allowed is at most ${nameOf(next)}`];
  });
}

/** The texts of an environment. */
export const webSubTextsOf = (environment: Readonly<Record<string, string | undefined>>): WebSubTexts =>
  Object.fromEntries(
    Object.entries(WEBSUB_VARIABLES).map(([name, variable]) => [name, environment[variable]]),
  );
