const REQUEST_ID = /^[A-Za-z0-9._-]{1,128}$/;

/** The caller's own `x-request-id` when it is fit for logs and headers, else a new one. */
export const requestIdOf = (headers: Headers, newId: () => string): string => {
  const given = headers.get("x-request-id");
  return given !== null && REQUEST_ID.test(given) ? given : newId();
};
