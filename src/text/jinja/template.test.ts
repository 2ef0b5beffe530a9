import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import type { Limits } from './budget.ts';
import { parseJson } from './json.ts';
import { Template } from './template.ts';
import { TemplateError } from './template-error.ts';
import { toPython, type Value } from './values.ts';

const recording = gunzipSync(
  readFileSync(new URL('../../../tests/golden/chat-templates/constructs.json.gz', import.meta.url)),
).toString();

function variables(values: Readonly<Record<string, unknown>>): Map<string, Value> {
  return toPython(values, 'variables') as Map<string, Value>;
}

function render(template: string, values: Readonly<Record<string, unknown>> = {}, limits?: Limits): string {
  return new Template(template).render(variables(values), { limits });
}

test('renders random templates as Jinja does, and refuses those that it refuses', () => {
  const { cases } = JSON.parse(recording) as { cases: { template: string; text?: string; error?: string }[] };
  const given = (parseJson(recording) as Map<string, Value>).get('variables') as Map<string, Value>;
  expect(cases.length).toBeGreaterThan(1000);
  for (const { template, text, error } of cases) {
    let rendered: string | undefined;
    let refused: unknown;
    try {
      rendered = new Template(template).render(given);
    } catch (e) {
      refused = e;
    }
    expect(rendered, JSON.stringify({ template, error })).toBe(text);
    if (text === undefined) expect(refused).toBeInstanceOf(TemplateError);
  }
});

describe('white space', () => {
  test('line breaks of any kind are one, and the last goes', () => {
    expect(render('a\r\nb\rc\n')).toBe('a\nb\nc');
    expect(render('a\n\n')).toBe('a\n');
  });

  test('a block takes its line with it, an output does not', () => {
    expect(render('a\n  {% if true %}\n  b\n  {% endif %}\nc')).toBe('a\n  b\nc');
    expect(render('a\n  {{ 1 }}\nb')).toBe('a\n  1\nb');
    expect(render('  {%+ if true %}x{% endif +%}\ny')).toBe('  x\ny');
  });

  test('what Python takes for white space goes before and after a minus', () => {
    expect(render('a\u0085\u001c{{- 1 -}}\u3000b')).toBe('a1b');
    expect(render('a\ufeff{{- 1 }}')).toBe('a\ufeff1');
  });
});

describe('values are Python’s', () => {
  test.each([
    ['{{ none }} {{ true }} {{ 1.0 }} {{ 1e16 }} {{ "a" }} {{ missing }}', 'None True 1.0 1e+16 a '],
    ['{{ ["a", 1, none] }} {{ {"k": 1.5} }} {{ (1,) }}', "['a', 1, None] {'k': 1.5} (1,)"],
    ['{{ "1" == 1 }} {{ 1 == 1.0 }} {{ [1] == [1] }} {{ none == missing }}', 'False True True False'],
    ['{{ "😀a"|length }} {{ "😀a"[0] }} {{ "😀a"[::-1] }}', '2 😀 a😀'],
    ['{{ 7 // -2 }} {{ 7 % -2 }} {{ 7 / 2 }} {{ 2 ** -1 }} {{ 2 ** 64 }}', '-4 -1 3.5 0.5 18446744073709551616'],
    ['{% for x in [1, 2] %}{% set y = x %}{% endfor %}{{ y }}', ''],
    ['{% for x in [1, 2, 3] %}{{ x }}{% if x == 2 %}{% continue %}{% endif %},{% endfor %}', '1,23,'],
    ['{% for x in [1, 2] %}{% with y = x %}{{ y }}{% break %}{% endwith %}{% endfor %}', '1'],
    ['{{ d.items() | list }} {{ d["items"] }}', "[('items', 5)] 5"],
  ])('%s', (template, text) => expect(render(template, { d: { items: 5 } })).toBe(text));

  test('keys that a Map has in an order keep it', () => {
    const order = new Map([
      ['2', 1],
      ['1', 2],
    ]);
    expect(render('{{ order | tojson }}', { order })).toBe('{"2": 1, "1": 2}');
  });

  test('what JSON cannot hold is refused, saying where', () => {
    expect(() => variables({ a: [{ b: new Date() }] })).toThrow('variables.a[0].b is a Date');
    expect(() => variables({ a: () => 1 })).toThrow('variables.a is a function');
    const own: unknown[] = [];
    own.push(own);
    expect(() => variables({ own })).toThrow('nested deeper than 500');
  });
});

describe('errors', () => {
  test.each([
    ['a\n{% if %}', 2, 'unexpected "%}", expected an expression'],
    ['{% if a %}\n\n{% endfor %}', 3, 'unknown tag "endfor"'],
    ['{% if a %}\n{% for x in y %}', 2, 'the template ends too early, expected {% endfor %} or {% else %}'],
    ['\n{{ a', 2, 'the template ends inside a tag. Close it with }}'],
    ['{# a', 1, 'a comment has no end'],
    ['{% raw %}', 1, '{% raw %} has no end'],
    ['{{ (a] }}', 1, 'unexpected "]", expected ")"'],
    ['{{ ? }}', 1, 'unexpected character "?"'],
    ['{{ "\\x4" }}', 1, 'the escape \\x in a string is malformed'],
    ['\n\n{% include "x" %}', 3, 'a chat template stands alone'],
    ['{% set true = 1 %}', 1, 'nothing can be assigned to true'],
    ['{% macro m(a=1, b) %}{% endmacro %}', 1, 'the parameter b has no default value'],
    ['{{ 1 | nothing }}', 1, "there is no filter 'nothing'"],
    ['{{ 1 is nothing }}', 1, "there is no test 'nothing'"],
    ['{% if true %}\n{{ a.b.c }}\n{% endif %}', 2, "'a' is undefined"],
    ['{{ d.x.y }}', 1, "'dict object' has no attribute 'x'"],
    ['{{ "a" + 1 }}', 1, 'can only concatenate str (not "int") to str'],
    ['{{ [1].append(2) }}', 1, "access to attribute 'append' of 'list' object is unsafe"],
    ['{% set d.x = 1 %}', 1, 'cannot assign attribute on non-namespace object'],
    ['{{ "a"|safe + "<" }}', 1, 'would be escaped for HTML'],
    ['{{ namespace(_a=1) }}', 1, "a namespace cannot hold '_a'"],
    ['\n{{ raise_exception("No " ~ 1) }}', 2, 'No 1'],
  ])('%j', (template, line, problem) => {
    const error = refusal(() => render(template, { d: {} }));
    expect(error.line).toBe(line);
    expect(error.message).toContain(`line ${line}: `);
    expect(error.problem).toContain(problem);
  });
});

describe('what templates cannot do', () => {
  const doubling = (change: string): string =>
    `{% set ns = namespace(x=['ab'], s='ab') %}{% for i in range(200) %}{% set ${change} %}{% endfor %}{{ ns.x }}`;

  test.each([
    [
      'a macro that calls itself',
      '{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}',
      'its macros call each other deeper',
    ],
    [
      'a loop that calls itself',
      '{% for x in [1] recursive %}{{ loop([1]) }}{% endfor %}',
      'its macros call each other',
    ],
    ['loops in loops', `${'{% for x in range(99999) %}'.repeat(3)}${'{% endfor %}'.repeat(3)}`, 'it takes more steps'],
    ['a long range', '{{ range(10 ** 12) }}', 'Range too big'],
    ['a text that doubles', doubling('ns.s = ns.s ~ ns.s'), 'it makes or reads more text'],
    ['a list that doubles', doubling('ns.x = ns.x + ns.x'), 'it makes or reads more text'],
    ['lists that hold each other twice', doubling('ns.x = [ns.x, ns.x]'), 'it makes or reads more text'],
    ['an integer that squares', doubling('ns.s = 9 ** 9 ** 9 ** 9 ** 9'), 'larger than a chat template may need'],
    ['a long repetition', '{{ "x" * 10 ** 15 }}', 'it makes or reads more text'],
    ['a wide centre', '{{ "x".center(10 ** 12) }}', 'it makes or reads more text'],
    ['a deep indent', '{{ [1] | tojson(indent=10 ** 9) }}', 'it makes or reads more text'],
    [
      'reading a long text for ever',
      "{% set s = 'x' * 10**6 %}{% for a in range(1000) %}{{ 'q' in s }}{% endfor %}",
      'reads',
    ],
    ['deep nesting', '{% if a %}'.repeat(5000), 'nesting deeper than 100'],
    ['deep parentheses', `{{ ${'('.repeat(100_000)}1${')'.repeat(100_000)} }}`, 'nesting deeper than 100'],
    ['a long sum', `{{ 1${'+1'.repeat(100_000)} }}`, 'it is nested deeper'],
    ['a long template', ' '.repeat(300_000), 'a chat template may have 262144'],
  ])('%s', (_, template, problem) => {
    const start = performance.now();
    expect(refusal(() => render(template)).problem).toContain(problem);
    // The worst takes about a second on an idle core.
    expect(performance.now() - start).toBeLessThan(30_000);
  });

  test('limits can be set', () => {
    const loop = '{% for x in range(100) %}{{ x }}{% endfor %}';
    expect(render(loop).length).toBe(190);
    expect(refusal(() => render(loop, {}, { steps: 100 })).problem).toContain('it takes more steps');
    expect(refusal(() => render(loop, {}, { size: 100 })).problem).toContain('it makes or reads more text');
    expect(
      render('{% macro f(n) %}{% if n %}{{ f(n - 1) }}{% endif %}{% endmacro %}{{ f(9) }}', {}, { depth: 10 }),
    ).toBe('');
  });

  test('nothing outside is reached', () => {
    expect(render('{{ constructor }}{{ a.constructor }}{{ a.__proto__ }}{{ __proto__ }}', { a: {} })).toBe('');
    expect(render("{{ 'x'.constructor }}{{ [].map }}{{ 'x'['length'] }}{{ a.hasOwnProperty }}", { a: {} })).toBe('');
  });
});

test('its own texts are known', () => {
  expect(new Template('a{{ "b" "c" ~ d["e"] }}{# f #}{% if x == "g" %}h{% endif %}').literals).toEqual([
    'a',
    'bc',
    'e',
    'g',
    'h',
  ]);
});

function refusal(work: () => unknown): TemplateError {
  try {
    work();
  } catch (error) {
    if (error instanceof TemplateError) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}
