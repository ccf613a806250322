export { isPublicAddress } from "./address.ts";
export { checkUrl, portOf, showUrl } from "./check-url.ts";
export { addressAllowed, type EgressPolicy, parseEgressPolicy } from "./policy.ts";
