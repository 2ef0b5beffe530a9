import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { trainBpe } from './bpe-trainer.ts';
import { normalFormC } from './normal-form.ts';
import { readTokenizer, Tokenizer } from './tokenizer.ts';
import { openWithLibrary } from './tokenizers-library.ts';

const TEXTS = [
  "The quick brown fox jumps over 123 lazy dogs; it's 9:45 already. I'LL WE'RE don't",
  'task put clean mug in shelf ; hold mug 1 ; at sink 1 ; do',
  'Привет, мир! Как дела? Ёлка',
  '日本語のテキストを分割する。「はい」',
  'naïve café — “quotes” … 😀👩‍👩‍👧 🏳️‍🌈',
  'مرحبا بالعالم ٣٤',
  'हिन्दी में लिखा',
  '한국어 텍스트',
  'def f(x):\n    return x ** 2\n\n\n# done\r\n\ttab  \n',
  ' \u00a0\u2003 spaces\u0085 next\ufeff bom \u2028 line',
  'ﷺ ½ ² Ⅷ é e\u0301',
  '',
  ' ',
  '   x   ',
];

const files = trainBpe(TEXTS, { vocabSize: 420 });
const tokenizer = new Tokenizer(files, 'model');
const library = openWithLibrary(JSON.parse(files.json), JSON.parse(files.config));
const byLibrary = (text: string): number[] => library.encode(text, { add_special_tokens: false }).ids as number[];

/** Texts that mix scripts, spaces, digits, special tokens and pieces of them. */
const anyText = fc
  .array(
    fc.oneof(
      fc.constantFrom(...TEXTS, '<|endoftext|>', '<|im_start|>', '<|im_', 'end|>', '  ', '\n', '7', "'s", "'"),
      fc.string({ unit: 'binary', maxLength: 6 }),
      fc.string({ unit: 'grapheme', maxLength: 6 }),
    ),
    { maxLength: 8 },
  )
  .map((parts) => parts.join(''));

describe('encode', () => {
  test('gives what the library gives', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        // The library's JavaScript port composes by the tables of today; `tokenizers` itself does not.
        fc.pre(normalFormC(text) === text.normalize('NFC'));
        expect([...tokenizer.encode(text)]).toEqual(byLibrary(text));
        // The second time from memory.
        expect([...tokenizer.encode(text)]).toEqual(byLibrary(text));
      }),
      { numRuns: 400 },
    );
  });

  test('what is decoded is what was encoded', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(tokenizer.decode(tokenizer.encode(text))).toBe(normalFormC(text));
      }),
    );
    for (const text of TEXTS) expect(tokenizer.decode(tokenizer.encode(text))).toBe(text.normalize('NFC'));
  });

  test('an answer is not changed by the next call, and long texts fit', () => {
    const first = tokenizer.encode('mug');
    const copy = first.slice();
    const long = 'shelf '.repeat(5000);
    expect(tokenizer.encode(long).join() === byLibrary(long).join()).toBe(true);
    expect(first).toEqual(copy);
  });

  test('more pieces than are remembered', () => {
    const small = new Tokenizer(trainBpe(['abc'], { vocabSize: 259 }), 'x');
    const many = Array.from(
      { length: 70_000 },
      (_, i) => `x${i.toString(26).replace(/\d/g, (d) => 'qrstuvwxyz'[Number(d)])}`,
    );
    const text = many.join(' ');
    for (let time = 0; time < 2; time++) expect(small.decode(small.encode(text)) === text).toBe(true);
  });

  test('a prompt of 60 words takes microseconds', () => {
    const words = TEXTS[1].split(' ');
    const prompt = (n: number): string =>
      Array.from({ length: 60 }, (_, i) => words[(i * 7 + n) % words.length]).join(' ');
    const prompts = Array.from({ length: 2000 }, (_, n) => `${prompt(n)} ${n}`);
    for (const p of prompts) tokenizer.encode(p);
    const start = performance.now();
    for (const p of prompts) tokenizer.encode(`${p} x`);
    const microseconds = ((performance.now() - start) / prompts.length) * 1000;
    // About 5 on an idle core; the bound leaves room for a busy machine.
    expect(microseconds).toBeLessThan(100);
  });
});

describe('decode', () => {
  test('gives what the library gives, also for broken sequences', () => {
    const id = fc.nat(tokenizer.vocabSize - 1);
    fc.assert(
      fc.property(fc.array(id, { minLength: 1, maxLength: 12 }), (ids) => {
        expect(tokenizer.decode(Int32Array.from(ids))).toBe(
          library.decode(ids, { clean_up_tokenization_spaces: false }),
        );
      }),
      { numRuns: 1000 },
    );
  });

  test('nothing, and ids without a token, have no text', () => {
    expect(tokenizer.decode([])).toBe('');
    expect(tokenizer.decode([tokenizer.vocabSize, tokenizer.idOf('a'), tokenizer.vocabSize + 99])).toBe('a');
  });
});

test('ids of tokens', () => {
  expect(tokenizer.vocabSize).toBe(420);
  expect(tokenizer.findId('<|nothing|>')).toBeUndefined();
  expect(tokenizer.idOf('<|endoftext|>')).toBe(417);
  expect(() => tokenizer.idOf('<|nothing|>')).toThrow(
    expect.objectContaining({ code: 'TURNWISE_CHECKPOINT', file: join('model', 'tokenizer.json') }),
  );
  expect(() => tokenizer.idOf('<|nothing|>')).toThrow('no token "<|nothing|>"');
});

describe('tokenizers of other kinds go through the library', () => {
  const json = JSON.parse(files.json);

  test.each([
    ['a prefix space', { pre_tokenizer: { type: 'ByteLevel', add_prefix_space: true, use_regex: true } }],
    ['lower case', { normalizer: { type: 'Lowercase' } }],
  ])('%s', (_, change) => {
    const other = { ...json, ...change };
    const t = new Tokenizer({ json: JSON.stringify(other), config: files.config }, 'x');
    const l = openWithLibrary(other, JSON.parse(files.config));
    for (const text of [...TEXTS, 'Mug  <|endoftext|> mug']) {
      expect([...t.encode(text)]).toEqual(l.encode(text, { add_special_tokens: false }).ids);
    }
  });

  test('words without a token are an error, not a zero', () => {
    const vocab = { a: 0, b: 1 };
    const bare = {
      model: { type: 'WordPiece', vocab, unk_token: '[UNK]', continuing_subword_prefix: '##' },
      decoder: null,
    };
    const t = new Tokenizer({ json: JSON.stringify(bare), config: '{}' }, 'x');
    expect([...t.encode('a')]).toEqual([0]);
    expect(() => t.encode('c')).toThrow('no token for "[UNK]"');
  });

  test('special tokens cannot be plain text there', () => {
    const t = new Tokenizer(
      { json: JSON.stringify({ ...json, normalizer: { type: 'Lowercase' } }), config: '{}' },
      'x',
    );
    expect(() => t.encodePlain('<|im_end|>')).toThrow('special tokens cannot be taken for plain text');
  });
});

describe('recorded', () => {
  const golden = new URL('../../../tests/golden/tokenizers/', import.meta.url);
  const read = (path: string): string => readFileSync(new URL(path, golden), 'utf8');
  const { texts, ...encoded } = JSON.parse(read('encoded.json')) as { texts: string[] } & Record<string, number[][]>;

  test.each(['qwen2', 'llama3'])('%s: encodes as `tokenizers` does, and back', (name) => {
    const t = new Tokenizer(
      { json: read(`${name}/tokenizer.json`), config: read(`${name}/tokenizer_config.json`) },
      name,
    );
    for (const [i, text] of texts.entries()) {
      const ids = encoded[name][i];
      expect([...t.encode(text)], JSON.stringify(text)).toEqual(ids);
      expect(t.decode(ids)).toBe(name === 'qwen2' ? normalFormC(text) : text);
    }
  });

  test('added tokens with all their flags', () => {
    const recorded = JSON.parse(read('added-tokens.json'));
    const qwen2 = JSON.parse(read('qwen2/tokenizer.json'));
    for (const { added_tokens, ids } of recorded.cases) {
      const t = new Tokenizer({ json: JSON.stringify({ ...qwen2, added_tokens }), config: '{}' }, 'x');
      expect(recorded.texts.map((text: string) => [...t.encode(text)])).toEqual(ids);
    }
  });

  test('whether the configuration asks for a space before does not matter, as to `tokenizers`', () => {
    const files = { json: read('qwen2/tokenizer.json'), config: '{"add_prefix_space":true}' };
    expect([...new Tokenizer(files, 'x').encode(texts[8])]).toEqual(encoded.qwen2[8]);
  });
});

describe('added tokens', () => {
  test('are listed with their ids', () => {
    expect(tokenizer.addedTokens).toEqual([
      { id: 417, content: '<|endoftext|>', special: true },
      { id: 418, content: '<|im_start|>', special: true },
      { id: 419, content: '<|im_end|>', special: true },
    ]);
  });

  test('are like any other text where only text is meant', () => {
    const ids = tokenizer.encodePlain('a<|im_end|>e\u0301');
    expect(ids).not.toContain(419);
    expect(tokenizer.decode(ids)).toBe('a<|im_end|>é');
    expect([...tokenizer.encodePlain('put clean mug')]).toEqual([...tokenizer.encode('put clean mug')]);
  });
});

describe('a broken tokenizer.json', () => {
  const json = JSON.parse(files.json);

  test.each([
    ['no model', { model: undefined }, 'it describes no tokenizer'],
    ['a merge that leads out of the vocabulary', { model: { ...json.model, merges: ['q q'] } }, '`merges[0]` is "q q"'],
    ['an id that is none', { model: { ...json.model, vocab: { ...json.model.vocab, q: -1 } } }, 'the id of "q" is -1'],
    ['a pattern that is none', { pre_tokenizer: preTokenizer('(') }, 'it describes no tokenizer'],
  ])('%s', (_, change, message) => {
    const other = JSON.stringify({ ...json, ...change });
    expect(() => new Tokenizer({ json: other, config: '{}' }, 'x')).toThrow(
      expect.objectContaining({ code: 'TURNWISE_CHECKPOINT', message: expect.stringContaining(message) }),
    );
  });

  function preTokenizer(Regex: string): unknown {
    const [split, bytes] = json.pre_tokenizer.pretokenizers;
    return { type: 'Sequence', pretokenizers: [{ ...split, pattern: { Regex } }, bytes] };
  }
});

describe('files', () => {
  test('read from a folder; a missing or broken one is named', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'turnwise-tokenizer-'));
    try {
      await expect(readTokenizer(dir)).rejects.toThrow(/tokenizer.json: there is no such file. A model folder holds/);
      writeFileSync(join(dir, 'tokenizer.json'), files.json);
      await expect(readTokenizer(dir)).rejects.toThrow('tokenizer_config.json: there is no such file');
      writeFileSync(join(dir, 'tokenizer_config.json'), files.config);
      const read = await readTokenizer(dir);
      expect(read.files).toEqual(files);
      expect([...read.encode(TEXTS[0])]).toEqual([...tokenizer.encode(TEXTS[0])]);
      writeFileSync(join(dir, 'tokenizer.json'), files.json.slice(0, 50));
      await expect(readTokenizer(dir)).rejects.toThrow('it is not JSON');
      writeFileSync(join(dir, 'tokenizer.json'), '{"model":{"type":"Nonsense"}}');
      await expect(readTokenizer(dir)).rejects.toThrow(/tokenizer.json: it describes no tokenizer that is supported/);
    } finally {
      rmSync(dir, { recursive: true });
    }
  });
});
