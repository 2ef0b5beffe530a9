import { createHash } from 'node:crypto';
import { embeddedJson, html, type Markup, trusted } from './html.ts';

/** What a page is made of. */
export interface Page {
  /** Name of the document, as plain text. */
  readonly title: string;
  /** Content of the body, without the data and the script. */
  readonly body: Markup;
  /** CSS that follows the style all pages share. */
  readonly style?: string;
  /** JavaScript module without imports; runs when the document is there. */
  readonly script?: string;
  /** What the script reads with `JSON.parse(document.getElementById('data').textContent)`. */
  readonly data?: unknown;
}

/**
 * A whole HTML document in one file. Its content security policy forbids every request and every script and style but
 * the page's own, which are named by their hashes; so an attribute `style="…"` has no effect on such a page.
 */
export function renderPage({ title, body, style = '', script, data }: Page): string {
  const css = lines(`${PAGE_STYLE}\n${style}`);
  const code = script === undefined ? undefined : lines(script);
  const policy = [
    "default-src 'none'",
    `style-src '${hash(css)}'`,
    code === undefined ? "script-src 'none'" : `script-src '${hash(code)}'`,
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
<style>${trusted(css)}</style>
</head>
<body>
${body}
${data !== undefined && html`<script type="application/json" id="data">${embeddedJson(data)}</script>\n`}${
  code !== undefined && html`<script type="module">${trusted(code)}</script>\n`
}</body>
</html>
`.text;
}

/** As an HTML parser reads it: the hash is taken over the text after it has made every line end a line feed. */
function lines(text: string): string {
  if (/<\/(script|style)|<!--/i.test(text)) throw new RangeError('a script or style of a page cannot hold its own end');
  return text.replaceAll('\r\n', '\n');
}

function hash(text: string): string {
  return `sha256-${createHash('sha256').update(text, 'utf8').digest('base64')}`;
}

/** Colours of every page and picture. Blue is positive and orange negative: both remain apart for the colour-blind. */
export const COLOUR_STYLE = `
:root {
  color-scheme: light dark;
  --paper: #ffffff;
  --ink: #1d2127;
  --muted: #5a6370;
  --line: #d8dce2;
  --panel: #f5f6f8;
  --accent: #1f5fbf;
  --positive: #1f6fd6;
  --negative: #d4560c;
  --warning: #9a5b00;
  --warning-panel: #fff6e2;
  --series-1: #1f6fd6;
  --series-2: #d4560c;
  --series-3: #0f8a6d;
  --series-4: #a63fb5;
  --series-5: #8a6d00;
  --series-6: #c2304f;
  --series-7: #4a5bc4;
  --series-8: #5f6b76;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #14171b;
    --ink: #e4e7eb;
    --muted: #9aa4b1;
    --line: #353c46;
    --panel: #1c2026;
    --accent: #7fb2ff;
    --positive: #5b9dff;
    --negative: #ff8f45;
    --warning: #ffc861;
    --warning-panel: #2c2413;
    --series-1: #6aa8ff;
    --series-2: #ff9a57;
    --series-3: #3fcfa8;
    --series-4: #d98be6;
    --series-5: #d9bb4a;
    --series-6: #ff7c95;
    --series-7: #98a5ff;
    --series-8: #a3adb8;
  }
}
`;

/** Type of the pictures. */
export const CHART_STYLE = `
svg.chart text { fill: var(--muted); font: 12px system-ui, sans-serif; }
svg.chart .title { fill: var(--ink); font-weight: 600; }
svg.chart .grid { stroke: var(--line); }
svg.chart .axis { stroke: var(--muted); }
`;

/** Colours, type and tables of every page. */
const PAGE_STYLE = `${COLOUR_STYLE}
* { box-sizing: border-box; }
body {
  margin: 0 auto;
  padding: 2rem 1.5rem 4rem;
  max-width: 84rem;
  background: var(--paper);
  color: var(--ink);
  font: 15px/1.5 system-ui, sans-serif;
}
h1 { margin: 0 0 .25rem; font-size: 1.6rem; line-height: 1.25; }
h2 { margin: 2.5rem 0 .5rem; padding-top: .75rem; border-top: 1px solid var(--line); font-size: 1.2rem; }
h3 { margin: 0; font-size: 1rem; }
p { margin: .35rem 0; max-width: 52rem; }
code, .code { font-family: ui-monospace, monospace; font-size: .9em; }
.muted { color: var(--muted); }
.small { font-size: .85rem; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { padding: .25rem .6rem; text-align: left; vertical-align: top; }
thead th { border-bottom: 1px solid var(--line); color: var(--muted); font-weight: 500; font-size: .85rem; }
tbody tr + tr > * { border-top: 1px solid var(--line); }
td.number, th.number { text-align: right; }
.wide { overflow-x: auto; }
button, select {
  padding: .2rem .55rem;
  border: 1px solid var(--line);
  border-radius: 4px;
  background: var(--panel);
  color: inherit;
  font: inherit;
  font-size: .9rem;
  max-width: 100%;
}
button { cursor: pointer; }
button:hover { border-color: var(--muted); }
button[aria-pressed="true"] { border-color: var(--accent); color: var(--accent); font-weight: 600; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 1px; }
.controls { display: flex; flex-wrap: wrap; gap: .4rem 1rem; align-items: center; margin: .6rem 0; }
.controls label { display: inline-flex; gap: .4rem; align-items: center; font-size: .9rem; max-width: 100%; }
.warning {
  margin: .4rem 0;
  padding: .4rem .75rem;
  max-width: none;
  border-left: 3px solid var(--warning);
  background: var(--warning-panel);
}
${CHART_STYLE}
@media print {
  body { max-width: none; padding: 0; font-size: 10pt; }
  h2 { break-after: avoid; }
  tr, figure { break-inside: avoid; }
  .screen { display: none; }
}
`;
