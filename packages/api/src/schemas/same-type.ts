/**
 * Compiles only when a schema's type and the product's type accept each other: `agrees<Output, Type>()` with a schema
 * that lags behind is a type error where it stands.
 */
export type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? true : never) : never;
export const agrees = <_Proof extends true>(): void => {};
