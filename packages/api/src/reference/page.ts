// The reference page: one document, one style, no script, nothing from elsewhere.
import { createHash } from "node:crypto";
import { type Group, groupsOf, type OpenApi } from "./document.ts";
import { type Chapter, chapters, type ErrorLine, skipLink } from "./guide.ts";
import { anchorOf, type Html, html, trusted } from "./html.ts";
import { operationAnchor, operationView } from "./operation.ts";
import { STYLE } from "./style.ts";
import { prose } from "./text.ts";

export type ReferencePage = { html: string; headers: Record<string, string> };

const groupAnchor = ({ name }: Group): string => `group-${anchorOf(name)}`;

/** A list with its name above it. No heading: those are for the content, and would come twice for who goes by them. */
const linkList = (name: string, items: readonly { anchor: string; text: string }[]): Html =>
  html`<p class="label" aria-hidden="true">${name}</p><ul aria-label="${name}">${items.map(
    ({ anchor, text }) => html`<li><a href="#${anchor}">${text}</a></li>`,
  )}</ul>`;

function links(guide: readonly Chapter[], groups: readonly Group[]): Html {
  const chapterLinks = guide.map(({ anchor, title }) => ({ anchor, text: title }));
  return html`${linkList("Guide", chapterLinks)}${groups.map(({ name, operations }) =>
    linkList(
      name,
      operations.map((one) => ({ anchor: operationAnchor(one), text: one.summary ?? one.id })),
    ),
  )}`;
}

/** Only the style that is in the page may apply; nothing is loaded, sent or framed. */
function policyOf(style: string): string {
  const hash = createHash("sha256").update(style).digest("base64");
  return [
    "default-src 'none'",
    `style-src 'sha256-${hash}'`,
    "img-src data:",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join("; ");
}

/**
 * The reference as a page for people, from the OpenAPI document alone. `errors`: every code that the API answers with.
 * `headers` go along with it: type, and a security policy that allows nothing but the page's own style.
 */
export function renderReference(document: OpenApi, errors: readonly ErrorLine[]): ReferencePage {
  const { title, version, description } = document.info;
  const guide = chapters(errors);
  const groups = groupsOf(document);
  const contents = links(guide, groups);
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title} HTTP API</title>
<link rel="icon" href="data:,">
<style>${trusted(STYLE)}</style>
</head>
<body>
${skipLink}
<div class="page">
<nav class="contents" aria-label="Contents">
<a class="brand" href="#top">${title}</a>
<div class="wide">${contents}</div>
<details class="narrow"><summary>Contents</summary>${contents}</details>
</nav>
<main id="content">
<header id="top"><h1>${title} HTTP API</h1>
<p class="lead">Version ${version} · <a href="openapi.json">OpenAPI document</a></p>
${prose(description)}</header>
${guide.map(
  ({ anchor, title: name, content }) =>
    html`<section id="${anchor}"><h2><a class="anchor" href="#${anchor}">${name}</a></h2>${content}</section>`,
)}
${groups.map(
  (group) =>
    html`<section id="${groupAnchor(group)}"><h2><a class="anchor" href="#${groupAnchor(group)}">${
      group.name
    }</a></h2>${prose(group.description)}${group.operations.map((one) => operationView(document, one))}</section>`,
)}
</main>
</div>
</body>
</html>
`;
  return {
    html: page.markup,
    headers: {
      "content-type": "text/html; charset=utf-8",
      "content-security-policy": policyOf(STYLE),
      "x-content-type-options": "nosniff",
      "referrer-policy": "no-referrer",
    },
  };
}
