// Moves and deletions of all tasks of a filter: a bounded part in each request, the rest behind a cursor.

import { HookclockError, idField, instantField, LIMITS, refuse, STATUSES } from "@hookclock/core";
import type { ManyInput, ManyResult, TaskKey, TaskStartKey } from "hookclock";
import * as z from "zod";
import { demand } from "../http/authorize.ts";
import { cursorAt, positionAt } from "../http/paging.ts";
import type { ApiDependencies, ApiHooks } from "../ports.ts";
import { type Answer, type Call, defineRoute, ok, type Route } from "../route.ts";

const filter = z.strictObject({
  status: z.enum(STATUSES).optional(),
  idPrefix: idField.optional(),
  from: instantField.optional().describe("Scheduled at this instant or later."),
  to: instantField.optional().describe("Scheduled at this instant or earlier."),
});
const common = {
  filter: filter.describe("Which tasks; `{}` is all of the namespace."),
  dryRun: z.boolean().default(false).describe("Count what would change and change nothing."),
  limit: z
    .number()
    .int()
    .min(1)
    .max(LIMITS.pageSizeMax)
    .default(LIMITS.pageSizeMax)
    .describe("Tasks looked at, at most."),
  cursor: z.string().min(1).nullish().describe("`nextCursor` of the answer before."),
};
const plain = z.strictObject(common);
const rescheduling = z.strictObject({ ...common, scheduledDate: instantField });
const deleting = z.strictObject({
  ...common,
  all: z.literal(true).optional().describe("Must be said when the filter is empty; needs an admin key."),
});

const bulkResult = z
  .object({
    count: z.number().int().min(0),
    dryRun: z.boolean(),
    ids: z.array(z.string()).describe("Tasks that were changed, or would be."),
    nextCursor: z.string().nullable().describe("Ask again with it until it is null."),
  })
  .openapi("BulkResult");

/** Tasks per step: what one step reads fits in memory whatever the tasks hold. */
const STEP = 100;
/** Steps begin within this time of the first; then the cursor is handed back. */
const BUDGET_MS = 10_000;

type Wish = z.output<typeof plain>;
type Change = (input: ManyInput) => Promise<ManyResult<TaskKey>>;

async function inSteps(call: Call<unknown, Wish>, change: Change): Promise<Answer> {
  const { deps, parameters, body } = call;
  const { filter, dryRun, limit, cursor, ...more } = body;
  const place = { deps, cursorQuery: { ...call.cursorQuery, parameters: { filter, dryRun, ...more } } };
  const input = inputOf(parameters.namespace, filter);
  const endAt = deps.clock.now() + BUDGET_MS;
  // A row that its own change put further back in the list is met again.
  const ids = new Set<string>();
  let position = (await positionAt(place, cursor ?? undefined)) as TaskStartKey | null;
  for (let left = limit; left > 0; left -= STEP) {
    const step = await change({ ...input, dryRun, limit: Math.min(STEP, left), startKey: position });
    for (const { id } of step.items) ids.add(id);
    position = step.lastEvaluatedKey;
    if (position === null || deps.clock.now() >= endAt) break;
  }
  return ok({ count: ids.size, dryRun, ids: [...ids], nextCursor: await cursorAt(place, position) });
}

const inputOf = (namespace: string, { status, idPrefix, from, to }: Wish["filter"]): ManyInput => ({
  namespace,
  ...(status === undefined ? {} : { status }),
  ...(idPrefix === undefined ? {} : { id: idPrefix }),
  ...(from === undefined ? {} : { from: new Date(from) }),
  ...(to === undefined ? {} : { to: new Date(to) }),
});

const BULK = "/v1/namespaces/{namespace}/bulk";
const shared = {
  method: "post",
  tag: "Bulk",
  idempotent: true,
  access: { scope: "namespace", permission: "write" },
  answers: { 200: { description: "What was changed, or would be.", schema: bulkResult } },
} as const;
const PARTS = "At most `limit` tasks in one request: repeat it with `nextCursor` until that is null.";
const example = { filter: { idPrefix: "invoice-" }, dryRun: true };

type Move = { name: string; summary: string; description: string; of(hooks: ApiHooks): Change };
const MOVES: Move[] = [
  {
    ...{ name: "suspend", summary: "Suspend many tasks" },
    description: "Those that are ACTIVE or PROCESSING.",
    of: (hooks) => (input) => hooks.suspendMany(input),
  },
  {
    ...{ name: "unsuspend", summary: "Bring many suspended tasks back" },
    description: "Those that are SUSPENDED.",
    of: (hooks) => (input) => hooks.unsuspendMany(input),
  },
  {
    ...{ name: "run", summary: "Make many tasks due now" },
    description: "Those that are ACTIVE and not due already.",
    of: (hooks) => (input) => hooks.runNowMany(input),
  },
  {
    ...{ name: "retry", summary: "Bring many failed tasks back" },
    description: "Those that are FAILED; DONE ones only with `status: DONE`, which sends them again.",
    of: (hooks) => (input) => hooks.retryMany(input),
  },
];

const moveRoute = ({ name, summary, description, of }: Move): Route =>
  defineRoute({
    ...shared,
    ...{ path: `${BULK}/${name}`, operation: `${name}Many`, summary, example, body: plain, bodyName: name },
    description: `${description} ${PARTS}`,
    handle: (call) => inSteps(call, of(call.deps.hooks)),
  });

const reschedule = defineRoute({
  ...shared,
  ...{ path: `${BULK}/reschedule`, operation: "rescheduleMany", body: rescheduling, bodyName: "reschedule" },
  summary: "Move the next run of many tasks to one time",
  description: `Those that are not finished. ${PARTS}`,
  example: { ...example, scheduledDate: "2030-02-28T10:00:00Z" },
  handle(call) {
    const scheduledDate = new Date(call.body.scheduledDate);
    return inSteps(call, (input) => call.deps.hooks.rescheduleMany({ ...input, scheduledDate }));
  },
});

const remove = defineRoute({
  ...shared,
  ...{ path: `${BULK}/delete`, operation: "deleteMany", body: deleting, bodyName: "delete", example },
  summary: "Delete many tasks",
  description: `With an empty filter only together with \`"all": true\` and an admin key. ${PARTS}`,
  async handle(call) {
    checkAll(call);
    return inSteps(call, (input) => deleteKeys(call.deps, input));
  },
});

function checkAll({ body: { filter, all }, key }: Call<unknown, z.output<typeof deleting>>): void {
  const isAll = Object.values(filter).every((value) => value === undefined);
  if (isAll && all !== true) throw emptyFilter();
  if (!isAll && all === true) refuse("all", all, "nothing beside a filter with conditions");
  if (isAll) demand(key, "admin");
}

function emptyFilter(): HookclockError {
  const allowed = 'at least one condition, or "all": true';
  return new HookclockError("invalid-input", `filter of delete is empty; allowed: ${allowed}`, {
    ...{ field: "filter", allowed },
  });
}

async function deleteKeys({ hooks }: ApiDependencies, input: ManyInput): Promise<ManyResult<TaskKey>> {
  const { items, ...result } = await hooks.deleteMany(input);
  return { ...result, items: items.map(({ namespace, id }) => ({ namespace, id })) };
}

export const bulkRoutes: Route[] = [...MOVES.map(moveRoute), reschedule, remove];
