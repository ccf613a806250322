export type { ErrorCode } from "@hookclock/core";
