import { createHash } from 'node:crypto';
import { embeddedJson, escapeHtml } from '../../reports/index.ts';
import { ViewerError } from '../data/viewer-error.ts';
import { EMBEDDED_DATA_ID, type EmbeddedData } from '../embedded.ts';
import type { PageFile } from '../server/page-files.ts';

/**
 * The built page and its data as one HTML file that needs no other. Its content security policy lets nothing run and nothing
 * load but its own script and style, which are named by their hashes.
 *
 * @param page files of the built page: index.html with one script and one style
 * @throws ViewerError where the page is built otherwise
 */
export function singleFile(page: ReadonlyMap<string, PageFile>, data: EmbeddedData): string {
  const html = textOf(page, 'index.html');
  const [scriptTag, scriptName] = only(html, /<script\b[^>]*\bsrc="([^"]+)"[^>]*><\/script>/g, 'script');
  const [styleTag, styleName] = only(html, /<link\b[^>]*\brel="stylesheet"[^>]*\bhref="([^"]+)"[^>]*>/g, 'stylesheet');
  const script = withoutEnd(textOf(page, scriptName));
  const style = textOf(page, styleName);
  if (/<\/style/i.test(style)) throw new ViewerError(`${styleName}: a style cannot hold its own end.`);
  const policy = [
    "default-src 'none'",
    `script-src '${hash(script)}'`,
    `style-src '${hash(style)}'`,
    'img-src data: blob:',
    'font-src data:',
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
  only(html, /(<meta charset=[^>]*>)/gi, 'character set');
  const json = embeddedJson(rounded(data)).text;
  // Functions, since a text would have its dollar signs obeyed.
  return html
    .replace(
      /<meta charset=[^>]*>/i,
      (tag) => `${tag}\n<meta http-equiv="Content-Security-Policy" content="${policy}">`,
    )
    .replace(styleTag, () => `<style>${style}</style>`)
    .replace(scriptTag, () => '')
    .replace(/<\/body>/i, () => {
      // Whose code the page is built with must be told wherever the page goes.
      const licenses = page.has(LICENSES)
        ? `<template id="licenses">${escapeHtml(textOf(page, LICENSES))}</template>\n`
        : '';
      const payload = `<script type="application/json" id="${EMBEDDED_DATA_ID}">${json}</script>`;
      return `${licenses}${payload}\n<script type="module">${script}</script>\n</body>`;
    });
}

/** The build's own list. */
const LICENSES = 'licenses.md';

/** A file of the page, with line ends as a parser of HTML makes them: the hash is taken over these. */
function textOf(page: ReadonlyMap<string, PageFile>, name: string): string {
  const file = page.get(name.replace(/^\.?\//, ''));
  if (file === undefined) throw new ViewerError(`The viewer's page has no ${name}. Run npm run build.`);
  return file.content.toString('utf8').replace(/\r\n?/g, '\n');
}

function only(html: string, pattern: RegExp, what: string): [tag: string, name: string] {
  const found = [...html.matchAll(pattern)];
  if (found.length !== 1) {
    throw new ViewerError(
      `The viewer's page has ${found.length} tags of a ${what}; it must have one. Run npm run build.`,
    );
  }
  return [found[0][0], found[0][1]];
}

/**
 * A script in which no text ends it: `<` as an escape, which is the same character in texts, templates and regular
 * expressions. (Minifiers write no operator `<` before `!--` or `/script`.)
 */
function withoutEnd(script: string): string {
  return script.replace(/<(?=\/script|!--)/gi, '\\x3C');
}

function hash(text: string): string {
  return `sha256-${createHash('sha256').update(text, 'utf8').digest('base64')}`;
}

/** Digits that are shown nowhere make up half of such a file. */
const DIGITS = 9;

function rounded(value: unknown): unknown {
  if (typeof value === 'number') return Number.isInteger(value) ? value : Number(value.toPrecision(DIGITS));
  if (value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) return value.map(rounded);
  return Object.fromEntries(Object.entries(value).map(([key, child]) => [key, rounded(child)]));
}
