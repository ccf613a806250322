// What holds for every operation: keys, errors, doing things once, pages, streams.
import { type Html, html, trusted } from "./html.ts";
import { codeBlock } from "./schema.ts";

/** One line of the table of errors. */
export type ErrorLine = { code: string; status: number; title: string };

export type Chapter = { anchor: string; title: string; content: Html };

const FIRST_CALLS = `export HOOKCLOCK_URL=http://127.0.0.1:8766   # what "hookclock dev" prints, or your own address
export HOOKCLOCK_KEY=hc_…                    # a key with permission write

curl "$HOOKCLOCK_URL/v1/me" -H "Authorization: Bearer $HOOKCLOCK_KEY"`;

/** As it comes for a task with `retryLimit: -1`. */
export const PROBLEM = {
  type: "urn:hookclock:problem:invalid-input",
  title: "Invalid input",
  status: 400,
  detail: "retryLimit of task is -1; allowed: at least 0",
  code: "invalid-input",
  field: "retryLimit",
  allowed: "at least 0",
  requestId: "0190b0a4-7c5e-7c3a-9d5e-3f8f6f6a2a11",
};

const ONCE = `curl -X POST "$HOOKCLOCK_URL/v1/namespaces/app/tasks" \\
  -H "Authorization: Bearer $HOOKCLOCK_KEY" \\
  -H "Content-Type: application/json" \\
  -H "Idempotency-Key: order-4711-reminder" \\
  -d '{"url":"https://example.com/remind","scheduledDate":"2030-01-01T09:00:00Z"}'`;

const PAGES = `{ "items": [ … ], "count": 100, "nextCursor": "AbC…" }   # there is more: ask again with cursor=AbC…
{ "items": [ … ], "count": 17, "nextCursor": null }      # that was all`;

const STREAM = `retry: 1000

event: start
id: AbC…
data: {"from":"2030-01-01T09:00:00.000Z"}

event: log
id: DeF…
data: {"namespace":"app","id":"reminder#0#1#1","status":"SUCCESS", …}

: beat`;

const authentication = (): Html => html`
<p>Send a key with every call: <code>Authorization: Bearer hc_…</code>. A key covers a list of namespaces, or all of
them, and one permission. Each permission includes those before it:</p>
<ul>
<li><strong>read</strong>: tasks, execution logs, counts, what is due; subscriptions, consumers, who is subscribed.</li>
<li><strong>write</strong>: registers, changes, runs and deletes tasks; triggers a namespace; subscribes, publishes, sets
consumers up.</li>
<li><strong>admin</strong>: makes and revokes keys, deletes everything of a namespace, ends subscriptions of others; with
a key for all namespaces also what concerns the whole system.</li>
</ul>
<p>A key is shown once, when it is made; only a hash of it is kept. A missing, unknown, expired or revoked key is
answered 401 <code>unauthenticated</code>. What a key does not cover is answered 403 <code>forbidden</code>, whether it
exists or not.</p>
${codeBlock(FIRST_CALLS, "First calls")}`;

const errors = (lines: readonly ErrorLine[]): Html => html`
<p>Errors are problem documents (RFC 9457), of type <code>application/problem+json</code>. Programs go by
<code>code</code>, which never changes; <code>detail</code> is for people and names the field, its value and what is
allowed. Every answer carries <code>x-request-id</code>; send your own (1 to 128 of <code>A-Z a-z 0-9 . _ -</code>) to
find a call again in the logs.</p>
${codeBlock(PROBLEM, "Example of a problem document")}
<div class="scroll" tabindex="0" role="region" aria-label="Error codes"><table><thead><tr><th scope="col">Status</th><th
 scope="col">Code</th><th scope="col">Meaning</th></tr></thead><tbody>${lines.map(
   ({ code, status, title }) =>
     html`<tr id="error-${code}"><td>${status}</td><td><code>${code}</code></td><td>${title}</td></tr>`,
 )}</tbody></table></div>
<p>429 and 503 pass: try again after <code>Retry-After</code> seconds, or with growing waits where there is none.</p>`;

const idempotency = (): Html => html`
<p>When an answer is lost, nobody knows whether the call was done. Send <code>Idempotency-Key</code> (1 to 255 visible
ASCII characters) with any POST, and send the same again: within 24 hours the first answer comes back, marked
<code>idempotency-replayed: true</code>, and nothing is done twice. The same key with other content is refused with 422
<code>idempotency-mismatch</code>; while the first call still runs, the answer is 409
<code>idempotency-in-progress</code>. What a new try may better is not kept: 5xx, 429 and
<code>edit-conflict</code>.</p>
${codeBlock(ONCE, "A call that is done once")}
<p>Registering a task with an <code>id</code> of your own is idempotent even without it: the same content gives the same
task, other content is refused with 409 <code>id-conflict</code>.</p>`;

const paging = (): Html => html`
<p>Lists answer with <code>items</code>, their <code>count</code> and <code>nextCursor</code>. Hand that back as
<code>cursor</code>, with the other parameters unchanged, until it is <code>null</code>. A page may hold fewer items than
<code>limit</code>, or none, and still not be the last: only <code>nextCursor</code> says so. What is added or removed
between two pages does not move the others.</p>
${codeBlock(PAGES, "Two answers of a list")}
<p>Cursors are signed, and belong to one path and its parameters: with others they are refused with 400
<code>invalid-cursor</code>.</p>`;

const streaming = (): Html => html`
<p><code>GET …/logs/stream</code> answers with server-sent events: each execution log once, as it is written, from
<code>from</code> or now. Read it with any EventSource client, or with <code>curl -N</code>.</p>
${codeBlock(STREAM, "A stream")}
<p>The <code>id</code> of each event is a cursor. After an interruption send the last one as <code>Last-Event-ID</code>,
which EventSource clients do by themselves, or as <code>cursor</code>: nothing is missed and nothing comes twice. Lines
that begin with a colon keep the connection open and mean nothing. Where answers cannot be streamed, the answer holds what
is there, waits a while for the first log when there is none, and ends; clients connect again.</p>
<p>Logs come in the order in which they become visible. That is nearly, but not always, the order in which they were
written: several workers write at the same time.</p>`;

/** The chapters before the operations. `lines`: every error code, with its status and what it means. */
export const chapters = (lines: readonly ErrorLine[]): Chapter[] => [
  { anchor: "authentication", title: "Authentication", content: authentication() },
  { anchor: "errors", title: "Errors", content: errors(lines) },
  { anchor: "idempotency", title: "Idempotency", content: idempotency() },
  { anchor: "paging", title: "Paging", content: paging() },
  { anchor: "streaming", title: "Streaming", content: streaming() },
];

export const skipLink: Html = trusted('<a class="skip" href="#content">To the content</a>');
