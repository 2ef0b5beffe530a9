import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type ChatMessage, type ChatOptions, ChatTemplate } from './chat-template.ts';
import { encodeChat } from './encode-chat.ts';
import { Tokenizer } from './tokenizer.ts';

const golden = (path: string): string =>
  readFileSync(new URL(`../../../tests/golden/${path}`, import.meta.url), 'utf8');

interface Recorded {
  readonly template: string;
  readonly messages: readonly ChatMessage[];
  readonly options: ChatOptions;
  readonly text?: string;
  readonly error?: string;
  readonly escaped?: readonly number[];
}

const recording = JSON.parse(
  gunzipSync(
    readFileSync(new URL('../../../tests/golden/chat-templates/conversations.json.gz', import.meta.url)),
  ).toString(),
) as { now: string; tokenizers: Record<string, string>; cases: Recorded[] };

const user: ChatMessage = { role: 'user', content: 'Hi' };
const simple = '{% for m in messages %}{{ m.role }}:{{ m.content }};{% endfor %}';

function chat(chatTemplate: string, config: Record<string, unknown> = {}): ChatTemplate {
  return new ChatTemplate({ config: JSON.stringify(config), chatTemplate }, 'model');
}

describe.each(Object.entries(recording.tokenizers))('%s.jinja, recorded', (name, layout) => {
  const config = golden(`tokenizers/${layout}/tokenizer_config.json`);
  const template = new ChatTemplate({ config, chatTemplate: golden(`chat-templates/${name}.jinja`) }, name);
  const tokenizer = new Tokenizer({ json: golden(`tokenizers/${layout}/tokenizer.json`), config }, layout);
  const cases = recording.cases.filter((c) => c.template === name);

  test('the text of a conversation is what transformers makes of it', () => {
    expect(cases.length).toBe(60);
    for (const { messages, options, text, error } of cases) {
      const render = (): string => template.render(messages, { ...options, now: new Date(recording.now) });
      if (text !== undefined) expect(render()).toBe(text);
      else expect(render).toThrow(error);
    }
  });

  test('so are its ids, with and without special tokens in messages', () => {
    for (const { messages, options, text, escaped } of cases) {
      if (text === undefined) continue;
      const given = { ...options, now: new Date(recording.now) };
      expect([...encodeChat(tokenizer, template, messages, given)]).toEqual([...tokenizer.encode(text)]);
      const plain = encodeChat(tokenizer, template, messages, { ...given, escapeSpecialTokens: true });
      expect([...plain]).toEqual(escaped ?? [...tokenizer.encode(text)]);
    }
  });
});

describe('messages', () => {
  const shown = chat('{{ messages[0] | tojson }}');
  const show = (message: Record<string, unknown>): string => shown.render([message as unknown as ChatMessage]);

  test('null content is the empty text, other fields that are null are not there', () => {
    expect(show({ role: 'assistant', content: null, name: null, tool_calls: null })).toBe(
      '{"role": "assistant", "content": ""}',
    );
    expect(show({ role: 'assistant', content: 'a', tool_calls: [] })).toBe('{"role": "assistant", "content": "a"}');
  });

  test('arguments are an object to the template, in the form they had', () => {
    const written = (given: unknown): string =>
      shown
        .render([
          { role: 'assistant', content: '', tool_calls: [{ function: { name: 'f', arguments: given as string } }] },
        ])
        .replace(/^.*"arguments": |}}\]}$/g, '');
    expect(written('{"b":1.0,"10":2,"9":[1e3,123456789012345678901]}')).toBe(
      '{"b": 1.0, "10": 2, "9": [1000.0, 123456789012345678901]}',
    );
    expect(written({ b: 1, a: 'é' })).toBe('{"b": 1, "a": "é"}');
    expect(written('')).toBe('{}');
    expect(written(undefined)).toBe('{}');
  });

  test('arguments that are no JSON are refused', () => {
    const call = { function: { name: 'f', arguments: '{"a":' } };
    expect(() => chat(simple).render([user, { role: 'assistant', content: null, tool_calls: [call] }])).toThrow(
      /^messages\[1\]\.tool_calls\[0\]\.function\.arguments is not JSON \(no value at character 5\)\. Give an object, or JSON of one\.$/,
    );
  });

  test('thoughts have the names that templates know', () => {
    expect(show({ role: 'assistant', content: 'a', reasoning_content: 't' })).toBe(
      '{"thinking": "t", "role": "assistant", "content": "a", "reasoning_content": "t"}',
    );
    expect(show({ role: 'assistant', content: 'a', reasoning: 't' })).toContain('"reasoning_content": "t"');
  });

  test('none are refused', () => expect(() => chat(simple).render([])).toThrow('at least one message'));
});

describe('variables', () => {
  test('special tokens, as a text or as an object', () => {
    const config = { bos_token: '<s>', eos_token: { content: '</s>', lstrip: false }, pad_token: null };
    const template = '{{ bos_token }}{{ eos_token }}{{ pad_token is defined }}';
    expect(chat(template, config).render([user])).toBe('<s></s>False');
    expect(chat(template, config).render([user], { variables: { eos_token: '!' } })).toBe('<s>!False');
    expect(() => chat(template, { bos_token: 1 })).toThrow('`bos_token` must be a text, or an object with `content`');
  });

  test('tools, documents and the prompt are always there', () => {
    const template = chat('{{ tools }} {{ documents }} {{ add_generation_prompt }}');
    expect(template.render([user])).toBe('None None False');
    expect(template.render([user], { tools: [1], addGenerationPrompt: true })).toBe('[1] None True');
  });

  test('those that have options of their own are refused', () => {
    expect(() => chat(simple).render([user], { variables: { messages: [] } })).toThrow(
      'variables: "messages" is given by',
    );
    expect(() => chat(simple).render([user], { variables: { f: () => 1 } })).toThrow('variables.f is a function');
  });

  test('now is the date given', () => {
    const template = chat('{{ strftime_now("%d %b %Y") }}');
    expect(template.render([user], { now: new Date(2024, 6, 26) })).toBe('26 Jul 2024');
    expect(template.render([user])).toMatch(/^\d\d \w{3} \d{4}$/);
  });
});

describe('where templates are', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'turnwise-chat-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));
  const write = (name: string, text: string): void => writeFileSync(join(folder, name), text);
  const read = async (): Promise<ChatTemplate> => (await ChatTemplate.read(folder))!;

  test('nowhere', async () => {
    expect(await ChatTemplate.read(folder)).toBeUndefined();
    write('tokenizer_config.json', '{"chat_template": null}');
    expect(await ChatTemplate.read(folder)).toBeUndefined();
    expect(() => new ChatTemplate({ config: '{}' }, 'model')).toThrow(
      expect.objectContaining({
        code: 'TURNWISE_CHECKPOINT',
        field: 'chat_template',
        message: expect.stringContaining('has no chat template'),
      }),
    );
  });

  test('in tokenizer_config.json, as a text', async () => {
    write('tokenizer_config.json', JSON.stringify({ chat_template: simple }));
    const template = await read();
    expect(template.names).toEqual(['default']);
    expect(template.render([user])).toBe('user:Hi;');
  });

  test('there, several with names', async () => {
    const named = [
      { name: 'default', template: 'd' },
      { name: 'tool_use', template: 't' },
      { name: 'rag', template: 'r' },
    ];
    write('tokenizer_config.json', JSON.stringify({ chat_template: named }));
    const template = await read();
    expect(template.names).toEqual(['default', 'tool_use', 'rag']);
    expect(template.render([user])).toBe('d');
    expect(template.render([user], { tools: [] })).toBe('t');
    expect(template.render([user], { tools: [], template: 'rag' })).toBe('r');
    expect(() => template.render([user], { template: 'other' })).toThrow(
      'no chat template "other". Say which to use: default, tool_use, rag.',
    );
    write('tokenizer_config.json', JSON.stringify({ chat_template: named.slice(1) }));
    const without = await read();
    expect(() => without.render([user])).toThrow('there is no chat template "default"');
    expect(without.render([user], { tools: [] })).toBe('t');
  });

  test('in chat_template.jinja, which goes before the other', async () => {
    write('chat_template.jinja', 'file\n');
    expect((await read()).render([user])).toBe('file');
    write(
      'tokenizer_config.json',
      JSON.stringify({ chat_template: [{ name: 'tool_use', template: 't' }], bos_token: 'b' }),
    );
    expect((await read()).render([user], { tools: [] })).toBe('file');
    mkdirSync(join(folder, 'additional_chat_templates'));
    write('additional_chat_templates/tool_use.jinja', 'more {{ bos_token }}');
    write('additional_chat_templates/notes.txt', 'none');
    expect((await read()).names).toEqual(['default', 'tool_use']);
    expect((await read()).render([user], { tools: [] })).toBe('more b');
  });

  test('a broken one is named, with its line', async () => {
    write('chat_template.jinja', 'a\n{% if %}');
    const error = await ChatTemplate.read(folder).catch((e: unknown) => e);
    expect(error).toMatchObject({ code: 'TURNWISE_CHECKPOINT', file: join(folder, 'chat_template.jinja') });
    expect((error as Error).message).toBe(
      `${join(folder, 'chat_template.jinja')}: the chat template, line 2: unexpected "%}", expected an expression.`,
    );
    rmSync(join(folder, 'chat_template.jinja'));
    write('tokenizer_config.json', JSON.stringify({ chat_template: '{{' }));
    await expect(ChatTemplate.read(folder)).rejects.toThrow(
      'tokenizer_config.json: `chat_template`, line 1: the template ends inside a tag',
    );
    write('tokenizer_config.json', JSON.stringify({ chat_template: [{ name: 'x' }] }));
    await expect(ChatTemplate.read(folder)).rejects.toThrow('`chat_template` must be a text, or a list of objects');
  });
});

describe('a template that', () => {
  test('raises an exception is quoted, with its line', () => {
    const template = chat(
      '\n{% if messages|length > 1 %}\n{{ raise_exception("One at a time, please!") }}{% endif %}ok',
    );
    expect(template.render([user])).toBe('\nok');
    expect(() => template.render([user, user])).toThrow(
      expect.objectContaining({
        code: 'TURNWISE_CHECKPOINT',
        file: join('model', 'chat_template.jinja'),
        message: `${join('model', 'chat_template.jinja')}: the chat template, line 3: One at a time, please!`,
      }),
    );
  });

  test('fails is an error of the checkpoint as well', () => {
    expect(() => chat('{{ messages[0].content + messages[9].content }}').render([user])).toThrow(
      'list object has no element 9',
    );
  });

  test('never ends is stopped', () => {
    const loop = chat(`${'{% for a in range(99999) %}'.repeat(3)}${'{% endfor %}'.repeat(3)}`);
    expect(() => loop.render([user], { limits: { steps: 10_000 } })).toThrow(
      'it takes more steps than a chat template may',
    );
    const recursion = chat('{% macro f(x) %}{{ f(x) }}{% endmacro %}{{ f(messages) }}');
    expect(() => recursion.render([user])).toThrow('its macros call each other deeper');
  });
});

test('a long conversation takes milliseconds', () => {
  const template = new ChatTemplate({ config: '{}', chatTemplate: golden('chat-templates/thinking.jinja') }, 'x');
  const messages = Array.from(
    { length: 200 },
    (_, i): ChatMessage =>
      i % 2 === 0
        ? { role: 'user', content: 'go '.repeat(300) }
        : { role: 'assistant', content: '<think>\nwhy\n</think>\n\ngone' },
  );
  template.render(messages);
  const start = performance.now();
  for (let i = 0; i < 10; i++) template.render(messages);
  // About 3 on an idle core; the bound leaves room for a busy machine.
  expect((performance.now() - start) / 10).toBeLessThan(200);
});
