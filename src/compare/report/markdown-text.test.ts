import { expect, test } from 'vitest';
import { markdownText } from './markdown-text.ts';

test.each([
  ['a|b', 'a\\|b'],
  ['*bold* _so_ __so__ ~~no~~', '\\*bold\\* \\_so\\_ \\_\\_so\\_\\_ \\~\\~no\\~\\~'],
  ['[text](javascript:x) ![p](q)', '\\[text\\](javascript:x) !\\[p\\](q)'],
  ['`code` \\ $x$ title #', '\\`code\\` \\\\ \\$x\\$ title \\#'],
  ['<b>&lt;', '&lt;b>&amp;lt;'],
  ['two\r\nlines', 'two lines'],
  ['GAGPO λ 0.95, +20.0 (+16.1 … +23.9, p 0.25)', 'GAGPO λ 0.95, +20.0 (+16.1 … +23.9, p 0.25)'],
])('%j', (text, markdown) => {
  expect(markdownText(text)).toBe(markdown);
});
