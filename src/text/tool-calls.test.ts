import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseToolCalls, type ToolCallStyle } from './tool-calls.ts';

const go = '{"name": "go", "arguments": {"to": "sink"}}';
const goCall = { name: 'go', arguments: '{"to": "sink"}' };

describe('hermes', () => {
  test.each([
    ['one', `<tool_call>\n${go}\n</tool_call>`, '', [goCall]],
    ['text before and after', `I go.\n<tool_call>\n${go}\n</tool_call>\nThere.`, 'I go.\nThere.', [goCall]],
    ['several', `a\n\n<tool_call>${go}</tool_call>\n<tool_call>${go}</tool_call>`, 'a', [goCall, goCall]],
    ['the end is missing', `<tool_call>\n${go}\n`, '', [goCall]],
    ['no calls', '  just text \n', '  just text \n', []],
    ['nothing', '', '', []],
    [
      'more fields',
      '<tool_call>{"id": 1, "arguments": {}, "name": "f"}</tool_call>',
      '',
      [{ name: 'f', arguments: '{}' }],
    ],
    [
      'marks in a text',
      '<tool_call>{"name": "f", "arguments": {"x": "</tool_call>"}}</tool_call>',
      '',
      [{ name: 'f', arguments: '{"x": "</tool_call>"}' }],
    ],
    ['one in another', `<tool_call><tool_call>${go}</tool_call>`, '<tool_call>', [goCall]],
  ])('%s', (_, answer, content, calls) => expect(parseToolCalls(answer, 'hermes')).toEqual({ content, calls }));

  test('arguments keep their numbers and the order of their keys', () => {
    const answer =
      '<tool_call>{"name":"f","arguments":{"b":1.0,"10":[1e3,12345678901234567890],"9":"é\\n","a":null}}</tool_call>';
    expect(parseToolCalls(answer, 'hermes').calls[0].arguments).toBe(
      '{"b": 1.0, "10": [1000.0, 12345678901234567890], "9": "é\\n", "a": null}',
    );
  });

  test.each([
    '<tool_call>{"name": "go", "arguments": {"to": "sink"}</tool_call>',
    "<tool_call>{'name': 'go', 'arguments': {}}</tool_call>",
    '<tool_call>{"name": "go"}</tool_call>',
    '<tool_call>{"name": "go", "arguments": "{}"}</tool_call>',
    '<tool_call>{"name": "", "arguments": {}}</tool_call>',
    '<tool_call>{"name": 1, "arguments": {}}</tool_call>',
    '<tool_call>[1]</tool_call>',
    '<tool_call>null</tool_call>',
    '<tool_call></tool_call>',
    '<tool_call>',
    `<tool_call>${go} and more</tool_call>`,
    `</tool_call>${go}<tool_call>`,
  ])('%s is content', (answer) => {
    expect(parseToolCalls(answer, 'hermes')).toEqual({ content: answer, calls: [] });
    const mixed = `${answer}\n<tool_call>${go}</tool_call>`;
    expect(parseToolCalls(mixed, 'hermes').calls.at(-1)).toEqual(goCall);
  });
});

describe('llama3', () => {
  test.each([
    ['one', '{"name": "go", "parameters": {"to": "sink"}}', '', [goCall]],
    ['with a tag', ` <|python_tag|>{"name": "go", "parameters": {"to": "sink"}}\n`, '', [goCall]],
    ['as arguments', go, '', [goCall]],
    ['several', `${go}; ${go}\n${go}`, '', [goCall, goCall, goCall]],
    ['text after', `${go} There.`, 'There.', [goCall]],
    ['a broken second', `${go}; {"name": "go"`, '; {"name": "go"', [goCall]],
    ['text before', `I go: ${go}`, `I go: ${go}`, []],
    ['other JSON', '{"city": "Paris"}', '{"city": "Paris"}', []],
    ['a call in Python', '<|python_tag|>search.call(query="x")', '<|python_tag|>search.call(query="x")', []],
    ['nothing', '', '', []],
  ])('%s', (_, answer, content, calls) => expect(parseToolCalls(answer, 'llama3')).toEqual({ content, calls }));
});

test('nothing is lost, whatever a model writes', () => {
  const piece = fc.constantFrom(
    '<tool_call>',
    '</tool_call>',
    go,
    '{"name": "f", "arguments": {}}',
    '{',
    '}',
    ';',
    '\n',
    ' ',
    'x',
    '<|python_tag|>',
  );
  fc.assert(
    fc.property(
      fc.array(piece, { maxLength: 12 }),
      fc.constantFrom<ToolCallStyle>('hermes', 'llama3'),
      (pieces, style) => {
        const answer = pieces.join('');
        const { content, calls } = parseToolCalls(answer, style);
        if (calls.length === 0) expect(content).toBe(answer);
        const letters = (text: string): number => text.split('x').length;
        expect(letters(content)).toBe(letters(answer));
      },
    ),
    { numRuns: 2000 },
  );
});

test('a long answer full of openings takes a moment', () => {
  const answer = '<tool_call>{"name": "f", "arguments": {"x": '.repeat(20_000);
  const start = performance.now();
  expect(parseToolCalls(answer, 'hermes')).toEqual({ content: answer, calls: [] });
  expect(performance.now() - start).toBeLessThan(5000);
});
