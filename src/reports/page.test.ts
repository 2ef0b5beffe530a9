import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { html } from './html.ts';
import { renderPage } from './page.ts';

const hashOf = (text: string) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
const between = (text: string, start: string, end: string) => {
  const from = text.indexOf(start) + start.length;
  return text.slice(from, text.indexOf(end, from));
};
const unescaped = (text: string) => text.replaceAll('&#39;', "'");

test('the policy allows exactly the script and the style of the page', () => {
  const page = renderPage({
    title: 'T',
    body: html`<p>b</p>`,
    style: 'p { color: red; }',
    script: 'let a = 1;\r\na++;',
  });
  const policy = unescaped(between(page, 'http-equiv="Content-Security-Policy" content="', '"'));
  expect(policy).toContain("default-src 'none'");
  expect(policy).toContain(`style-src ${hashOf(between(page, '<style>', '</style>'))}`);
  expect(policy).toContain(`script-src ${hashOf(between(page, '<script type="module">', '</script>'))}`);
  expect(policy).not.toContain('unsafe');
  expect(page).not.toContain('\r');
});

test('a page without a script allows none', () => {
  const page = renderPage({ title: 'a < b', body: html`` });
  expect(unescaped(page)).toContain("script-src 'none'");
  expect(page).toContain('<title>a &lt; b</title>');
  expect(page).not.toContain('<script');
});

test('a script or style that would end itself is refused', () => {
  expect(() => renderPage({ title: 'T', body: html``, script: 'const a = "</script>";' })).toThrow(RangeError);
  expect(() => renderPage({ title: 'T', body: html``, style: '/* </style> */' })).toThrow(RangeError);
});
