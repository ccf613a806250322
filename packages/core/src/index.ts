export * from "./access/api-key.ts";
export * from "./access/idempotency.ts";
export * from "./access/scope.ts";
export * from "./access/token.ts";
export * from "./delivery/backoff.ts";
export * from "./delivery/classify.ts";
export * from "./delivery/delivery-id.ts";
export * from "./delivery/header-rules.ts";
export * from "./delivery/outcome.ts";
export * from "./delivery/redact.ts";
export * from "./delivery/retry-after.ts";
export * from "./delivery/sign.ts";
export * from "./dispatch/plan-fan-out.ts";
export * from "./dispatch/plan-wakes.ts";
export * from "./egress/index.ts";
export * from "./errors.ts";
export * from "./input/check.ts";
export * from "./input/definition.ts";
export * from "./input/fields.ts";
export * from "./input/json.ts";
export * from "./input/update.ts";
export * from "./limits.ts";
export * from "./schedule/explain.ts";
export {
  firstOccurrence,
  MISSED_COUNT_MAX,
  type NextOccurrence,
  nextOccurrence,
  type Schedule,
} from "./schedule/next.ts";
export { validateRepeat } from "./schedule/validate.ts";
export { type AddressPattern, isListed, parseAddressPattern } from "./settings/address-pattern.ts";
export * from "./settings/websub-settings.ts";
export * from "./settings/websub-variables.ts";
export * from "./task/edit.ts";
export * from "./task/fingerprint.ts";
export * from "./task/keep.ts";
export * from "./task/log.ts";
export * from "./task/log-row.ts";
export * from "./task/new-row.ts";
export * from "./task/row.ts";
export * from "./task/settle.ts";
export * from "./task/view.ts";
export * from "./text/exact-numbers.ts";
export * from "./text/head.ts";
export * from "./text/nearest.ts";
export * from "./time/offset.ts";
