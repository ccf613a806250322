// WebSub of a local instance: on the embedded database, at the API's own address, with this machine in reach.
import type { WebSubSettings } from "@hookclock/core";
import { createWebSub, type WebSub } from "hookclock";
import { LOOPBACK } from "../demo/plan.ts";
import type { Emit } from "../events.ts";

export type LocalWebSub = {
  /** Of the database. */
  endpoint: string;
  stateTableName: string;
  /** Where callbacks and hub are reached. */
  baseUrl: string;
  /** Whether that is where others reach it too. */
  isPublic: boolean;
  /** What the user says about it. */
  settings: WebSubSettings;
  emit: Emit;
};

/** Whoever tries things out wants to see a renewal soon. */
const LEASE_SECONDS_MIN = 5;
const RENEW_AFTER_SECONDS = 2;

export function openWebSub({ endpoint, stateTableName, baseUrl, ...own }: LocalWebSub): WebSub {
  const { isPublic, settings, emit } = own;
  return createWebSub(
    {
      ...{ endpoint, stateTableName, baseUrl, createTable: true, ...settings },
      egress: { allow: [...LOOPBACK] },
      renewAfterSeconds: RENEW_AFTER_SECONDS,
      hub: {
        leaseSecondsMin: Math.min(
          LEASE_SECONDS_MIN,
          settings.leaseSeconds ?? LEASE_SECONDS_MIN,
          settings.hub.leaseSecondsMax ?? LEASE_SECONDS_MIN,
        ),
        openEvents: !isPublic,
        // The hub calls whatever strangers name. Where they can reach it, this machine is none of their business.
        ...(isPublic ? { egress: { allow: [] } } : {}),
        ...settings.hub,
      },
      onEvent: ({ type: what, namespace, id, message }) =>
        emit({ type: "websub", what, namespace, id, message }),
    },
    // The database is in this very process: one machine has one clock.
    { databaseTime: false },
  );
}
