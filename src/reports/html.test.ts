import { expect, test } from 'vitest';
import { embeddedJson, escapeHtml, html, trusted } from './html.ts';

const HOSTILE = `</script><img src=x onerror="alert('1')"> & <!-- \u2028 \u2029`;

test('text in a template is escaped, in content and in attributes', () => {
  const { text } = html`<p title="${HOSTILE}">${HOSTILE}</p>`;
  expect(text.match(/</g)).toHaveLength(2);
  expect(text.match(/"/g)).toHaveLength(2);
  expect(text).toContain('&lt;img src=x onerror=&quot;alert(&#39;1&#39;)&quot;&gt; &amp;');
});

test('markup goes in as it is, lists are joined, and what is absent leaves nothing', () => {
  const items = ['a', '<b>'].map((item) => html`<li>${item}</li>`);
  expect(html`<ul>${items}</ul>${false}${null}${undefined}${0}${trusted('<hr>')}`.text).toBe(
    '<ul><li>a</li><li>&lt;b&gt;</li></ul>0<hr>',
  );
});

test('embedded JSON holds no markup and gives the value back', () => {
  const value = { [HOSTILE]: [HOSTILE, 1.5, null] };
  const { text } = embeddedJson(value);
  expect(text).not.toMatch(/[<\u2028\u2029]/);
  expect(JSON.parse(text)).toEqual(value);
});

test('escaping an ampersand first keeps entities as text', () => {
  expect(escapeHtml('&lt;')).toBe('&amp;lt;');
});
