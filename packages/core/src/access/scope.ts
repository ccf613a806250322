// What a key of the HTTP API may do: pure rules over namespaces and permissions.

/** Each includes the ones before it. */
export const PERMISSIONS = ["read", "write", "admin"] as const;
export type Permission = (typeof PERMISSIONS)[number];

/** As the only entry of a key's namespaces: every namespace, and the system as a whole. */
export const ALL_NAMESPACES = "*";

export type Scope = { namespaces: readonly string[]; permission: Permission };

/** Where and what is wanted; `namespace: null` is the system as a whole, which only a key of `*` reaches. */
export type Wanted = { namespace: string | null; permission: Permission };

/** Whether a key's scope holds what is wanted. Names are compared exactly. */
export const allows = (scope: Scope, wanted: Wanted): boolean =>
  reaches(scope, wanted.namespace) &&
  PERMISSIONS.indexOf(scope.permission) >= PERMISSIONS.indexOf(wanted.permission);

/** Whether every one of these namespaces is within the scope's. No namespaces at all are within none. */
export const covers = (scope: Pick<Scope, "namespaces">, others: readonly string[]): boolean =>
  others.length > 0 && others.every((other) => reaches(scope, other === ALL_NAMESPACES ? null : other));

const reaches = ({ namespaces }: Pick<Scope, "namespaces">, namespace: string | null): boolean =>
  isAll(namespaces) || (namespace !== null && namespaces.includes(namespace) && namespace !== ALL_NAMESPACES);

/** The star counts alone only: in a list of names it is not ours and opens nothing. */
const isAll = (namespaces: readonly string[]): boolean =>
  namespaces.length === 1 && namespaces[0] === ALL_NAMESPACES;
