/** Version of this package, as receivers see it in `user-agent`. A test holds it equal to package.json. */
export const VERSION = "0.1.0";
