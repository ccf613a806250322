// The look of the reference page. One text: its hash is what the page's security policy allows.
export const STYLE = `
:root {
  color-scheme: light dark;
  --ground: #fdfdfc; --panel: #f4f4f1; --line: #dddcd6; --text: #1d1f22; --quiet: #5c6068;
  --link: #0b5cad; --mark: #fff3c9; --good: #176b3a; --warn: #8a4b00; --bad: #a61b1b; --violet: #6a3aa8;
  --sans: system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif;
  --mono: ui-monospace, "SF Mono", "Cascadia Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #14161a; --panel: #1d2026; --line: #343942; --text: #e4e6ea; --quiet: #a0a6b0;
    --link: #7db7ff; --mark: #4a3f16; --good: #6fd39a; --warn: #f0b266; --bad: #ff8f8f; --violet: #c6a5f7;
  }
}
* { box-sizing: border-box; }
html { scroll-padding-top: 1rem; -webkit-text-size-adjust: 100%; }
body { margin: 0; background: var(--ground); color: var(--text); font: 1rem/1.6 var(--sans); }
a { color: var(--link); text-underline-offset: 0.15em; text-decoration-thickness: 0.06em; }
a:focus-visible, summary:focus-visible, [tabindex]:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; }
code, pre, .path, .method, .status { font-family: var(--mono); font-size: 0.875em; }
code { overflow-wrap: anywhere; }
p, ul { margin: 0.6rem 0; }
.skip { position: absolute; left: -100vw; }
.skip:focus { left: 1rem; top: 1rem; background: var(--ground); padding: 0.4rem 0.8rem; z-index: 1; }

.contents { padding: 1rem 1.25rem; border-bottom: 1px solid var(--line); background: var(--panel); }
.contents a { text-decoration: none; }
.contents a:hover { text-decoration: underline; }
.contents .brand { font-weight: 650; color: var(--text); font-size: 1.05rem; }
.contents ul { list-style: none; margin: 0.3rem 0 1rem; padding: 0; font-size: 0.925rem; line-height: 1.35; }
.contents li { padding: 0.22rem 0; }
.contents .label { font-size: 0.78rem; font-weight: 700; letter-spacing: 0.06em; text-transform: uppercase; color: var(--quiet); margin: 1.2rem 0 0.2rem; }
.contents summary { cursor: pointer; color: var(--link); padding: 0.4rem 0; }
.wide { display: none; }

main { padding: 1.5rem 1.25rem 5rem; max-width: 56rem; min-width: 0; }
h1 { font-size: 2rem; line-height: 1.2; letter-spacing: -0.015em; margin: 0.4rem 0; }
main h2 { font-size: 1.5rem; line-height: 1.25; letter-spacing: -0.01em; margin: 3.5rem 0 0.6rem; padding-top: 1rem; border-top: 1px solid var(--line); }
h3 { font-size: 1.18rem; line-height: 1.3; margin: 0 0 0.35rem; }
h4 { font-size: 0.95rem; margin: 1.5rem 0 0.4rem; }
.anchor { color: inherit; text-decoration: none; }
.anchor:hover::after { content: " #"; color: var(--quiet); }
.lead { color: var(--quiet); font-size: 1.05rem; }
main > section > p, .operation > p, .about { max-width: 44rem; }

.operation { margin: 2.2rem 0 3.2rem; }
.operation:target h3 { background: var(--mark); }
.call { display: flex; gap: 0.6rem; align-items: baseline; margin: 0.3rem 0; }
.path { overflow-wrap: anywhere; min-width: 0; }
.path var { font-style: normal; color: var(--violet); }
.method { font-weight: 700; font-size: 0.78rem; flex: none; }
.get { color: var(--link); } .post { color: var(--good); } .put, .patch { color: var(--warn); } .delete { color: var(--bad); }

.fields { list-style: none; padding: 0; margin: 0.3rem 0; border-top: 1px solid var(--line); }
.fields > li { padding: 0.55rem 0; border-bottom: 1px solid var(--line); min-width: 0; }
.fields .fields { margin: 0.5rem 0 0; padding-left: 0.9rem; border-top: 0; border-left: 2px solid var(--line); }
.fields .fields > li:last-child { border-bottom: 0; padding-bottom: 0.1rem; }
.field { overflow-wrap: anywhere; }
.name { font-weight: 650; }
.type, .where, .facts { color: var(--quiet); font-size: 0.875rem; }
.where { font-weight: 400; }
.required { color: var(--warn); font-size: 0.8rem; }
.deprecated { color: var(--bad); font-size: 0.8rem; }
.facts { margin: 0.15rem 0; overflow-wrap: anywhere; }
.about p { margin: 0.2rem 0; }

details > summary { cursor: pointer; padding: 0.25rem 0; }
.answer { margin: 0.25rem 0; }
.status { font-weight: 700; color: var(--good); }
.status.bad { color: var(--bad); }
.failures { list-style: none; padding: 0; margin: 0.2rem 0; font-size: 0.925rem; }
.failures li { padding: 0.12rem 0 0.12rem 2.6rem; text-indent: -2.6rem; }
.failures .status { display: inline-block; width: 2.6rem; text-indent: 0; }

pre { background: var(--panel); border: 1px solid var(--line); border-radius: 0.4rem; padding: 0.8rem 1rem; overflow-x: auto; line-height: 1.5; margin: 0.6rem 0; max-height: 30rem; }
pre code { font-size: 0.8125rem; overflow-wrap: normal; }
p code, li code, td code { background: var(--panel); border-radius: 0.25rem; padding: 0.08em 0.28em; }
.scroll { overflow-x: auto; margin: 1rem 0; }
table { border-collapse: collapse; width: 100%; font-size: 0.925rem; }
th, td { text-align: left; padding: 0.4rem 0.8rem 0.4rem 0; border-bottom: 1px solid var(--line); vertical-align: top; }
th { color: var(--quiet); font-weight: 600; }
tr:target { background: var(--mark); }

@media (min-width: 62rem) {
  .page { display: grid; grid-template-columns: 19rem minmax(0, 1fr); }
  .contents { position: sticky; top: 0; height: 100vh; overflow-y: auto; border-bottom: 0; border-right: 1px solid var(--line); }
  .narrow { display: none; }
  .wide { display: block; }
  main { padding: 2.5rem 3.5rem 6rem; }
}
@media print {
  .contents, .skip { display: none; }
  pre { max-height: none; white-space: pre-wrap; }
}
`;
