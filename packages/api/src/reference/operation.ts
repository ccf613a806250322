// One operation of the reference: what it takes, what it answers, how it is called.
import { curlOf } from "./curl.ts";
import { type Answer, type Listed, type OpenApi, type Parameter, resolve } from "./document.ts";
import { anchorOf, type Html, html } from "./html.ts";
import { exampleOf } from "./sample.ts";
import { codeBlock, facts, schemaView, typeText } from "./schema.ts";
import { inline, prose } from "./text.ts";

export const operationAnchor = (operation: Listed): string => `op-${anchorOf(operation.id)}`;

/** A path that may be broken after its slashes, and whose parameters stand out. */
export function pathView(path: string): Html {
  const parts = path.split(/(\{[^}]*\}|\/)/).filter((part) => part !== "");
  return html`<span class="path">${parts.map((part) => {
    if (part === "/") return html`/<wbr>`;
    return part.startsWith("{") ? html`<var>${part}</var>` : html`${part}`;
  })}</span>`;
}

function parameterRow(document: OpenApi, parameter: Parameter): Html {
  const schema = resolve(document, parameter.schema ?? {}) ?? {};
  const description = parameter.description ?? schema.description;
  const example = parameter.example ?? schema.example;
  return html`<li>
<div class="field"><code class="name">${parameter.name}</code> <span class="where">${parameter.in}</span> <span
 class="type">${typeText(document, parameter.schema ?? {})}</span>${
   parameter.required === true && html` <span class="required">required</span>`
 }</div>
${facts(example === undefined ? schema : { ...schema, example })}${
  description !== undefined && html`<div class="about">${prose(description)}</div>`
}</li>`;
}

function requestView(document: OpenApi, operation: Listed): Html | null {
  const body = operation.requestBody && resolve(document, operation.requestBody);
  const [type, media] = Object.entries(body?.content ?? {})[0] ?? [];
  if (body === undefined || type === undefined || media?.schema === undefined) return null;
  return html`<h4>Body <span class="where">${type}${body.required !== true && ", may be left out"}</span></h4>
${prose(body.description)}${schemaView(document, media.schema)}
<details><summary>Example body</summary>${codeBlock(exampleOf(document, media), "Example body")}</details>`;
}

const isFailure = (status: string): boolean => /^[45]|default/.test(status);

function answerView(document: OpenApi, status: string, answer: Answer): Html {
  const [type, media] = Object.entries(answer.content ?? {})[0] ?? [];
  const headers = Object.entries(answer.headers ?? {});
  const inner = html`${
    headers.length > 0 &&
    html`<ul class="fields">${headers.map(([name, given]) => {
      const header = resolve(document, given) ?? {};
      return html`<li><div class="field"><code class="name">${name}</code> <span class="where">header</span></div>${
        header.description !== undefined && html`<div class="about">${prose(header.description)}</div>`
      }</li>`;
    })}</ul>`
  }${media?.schema !== undefined && schemaView(document, media.schema)}${
    media !== undefined &&
    html`<p class="facts">Example</p>${codeBlock(exampleOf(document, media), `Example of ${status}`)}`
  }`;
  const summary = html`<span class="status">${status}</span> ${inline(answer.description ?? "")} ${
    type !== undefined && html`<span class="where">${type}</span>`
  }`;
  if (media === undefined && headers.length === 0) return html`<p class="answer">${summary}</p>`;
  return html`<details class="answer"><summary>${summary}</summary>${inner}</details>`;
}

function failuresView(document: OpenApi, answers: [string, Answer][]): Html | null {
  if (answers.length === 0) return null;
  return html`<p class="facts">Errors, as <a href="#errors">problem documents</a>:</p>
<ul class="failures">${answers.map(([status, given]) => {
    const answer = resolve(document, given);
    return html`<li><span class="status bad">${status}</span> ${inline(answer?.description ?? "")}</li>`;
  })}</ul>`;
}

export function operationView(document: OpenApi, operation: Listed): Html {
  const answers = Object.entries(operation.responses ?? {});
  const good = answers.filter(([status]) => !isFailure(status));
  const bad = answers.filter(([status]) => isFailure(status));
  const anchor = operationAnchor(operation);
  return html`<section class="operation" id="${anchor}">
<h3><a class="anchor" href="#${anchor}">${operation.summary ?? operation.id}</a></h3>
<p class="call"><span class="method ${operation.method}">${operation.method.toUpperCase()}</span> ${pathView(
    operation.path,
  )}</p>
<p class="facts">${
    operation.permission === null
      ? html`No key needed`
      : html`Needs a key with <strong>${operation.permission}</strong>`
  }${operation.deprecated === true && " · deprecated"}</p>
${prose(operation.description)}
${
  operation.parameters.length > 0 &&
  html`<h4>Parameters</h4><ul class="fields">${operation.parameters.map((one) => parameterRow(document, one))}</ul>`
}
${requestView(document, operation)}
<h4>Answers</h4>
${good.map(([status, answer]) => answerView(document, status, resolve(document, answer) ?? {}))}
${failuresView(document, bad)}
<h4>With curl</h4>
${codeBlock(curlOf(document, operation), `curl for ${operation.summary ?? operation.id}`)}
</section>`;
}
