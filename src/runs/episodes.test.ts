import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { batchFromEpisodes } from '../credit/index.ts';
import { readEpisodes, type StoredEpisode, writeEpisodes } from './episodes.ts';

let dir: string;
let path: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'turnwise-episodes-'));
  path = join(dir, '000001.jsonl.gz');
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

async function read(file = path): Promise<StoredEpisode[]> {
  const episodes: StoredEpisode[] = [];
  for await (const episode of readEpisodes(file)) episodes.push(episode);
  return episodes;
}

const episode: StoredEpisode = {
  group: 'g000',
  id: 'g000t000',
  task: { id: 'kitchen-1', type: 'clean', split: 'train' },
  success: true,
  truncated: false,
  end: 'success',
  steps: [
    {
      observation: 'You see a mug.\u2028Wash it.',
      state: 'You see a mug.\u2028Wash it.',
      action: 'take mug',
      completion: ' take mug',
      reward: 0,
      valid: true,
      stopped: true,
      prompt: Int32Array.of(1, 2, 3),
      response: Int32Array.of(4, 5),
      logprobs: Float32Array.of(-0.1, -1e-7),
    },
    { observation: 'You hold the mug.', state: 'hold', action: 'wash mug', reward: 10, valid: true },
  ],
  finalState: 'clean mug',
};

describe('writing', () => {
  test('one line an episode, compressed', async () => {
    await writeEpisodes(path, [episode, { ...episode, id: 'g000t001' }]);
    const lines = gunzipSync(readFileSync(path)).toString().split('\n');
    expect(lines.length).toBe(3);
    expect(JSON.parse(lines[0])).toEqual({
      group: 'g000',
      id: 'g000t000',
      task: { id: 'kitchen-1', type: 'clean', split: 'train' },
      success: true,
      truncated: false,
      end: 'success',
      steps: [
        {
          observation: 'You see a mug.\u2028Wash it.',
          action: 'take mug',
          completion: ' take mug',
          reward: 0,
          valid: true,
          stopped: true,
        },
        { observation: 'You hold the mug.', state: 'hold', action: 'wash mug', reward: 10, valid: true },
      ],
      finalState: 'clean mug',
    });
    expect(readdirSync(dir)).toEqual(['000001.jsonl.gz']);
  });

  test('equal episodes give equal bytes', async () => {
    await writeEpisodes(path, [episode], { tokens: 'all' });
    const first = readFileSync(path);
    await writeEpisodes(path, [episode], { tokens: 'all' });
    expect(readFileSync(path).equals(first)).toBe(true);
  });

  test('an error on the way leaves the old file', async () => {
    await writeEpisodes(path, [episode]);
    function* broken(): Generator<StoredEpisode> {
      yield episode;
      throw new Error('no more episodes');
    }
    await expect(writeEpisodes(path, broken())).rejects.toThrow('no more episodes');
    expect((await read()).length).toBe(1);
    expect(readdirSync(dir)).toEqual(['000001.jsonl.gz']);
  });
});

describe('reading', () => {
  test('tokens come back exactly', async () => {
    const floats = fc.float32Array({ maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(floats, fc.int32Array({ min: 0, maxLength: 8 }), async (logprobs, ids) => {
        const step = { observation: 'o', reward: 1, prompt: ids, response: ids, logprobs };
        await writeEpisodes(path, [{ group: 'g', steps: [step] }], { tokens: 'all' });
        const [{ steps }] = await read();
        // JSON has neither infinities nor a negative zero
        const expected = logprobs.map((p) => (Number.isFinite(p) ? p + 0 : Number.NaN));
        expect(steps[0]).toEqual({ ...step, logprobs: expected });
      }),
      { numRuns: 60 },
    );
  });

  test('advantages come back exactly, and no prompts where only responses are kept', async () => {
    const ids = Int32Array.of(5, 6);
    const step = { observation: 'o', reward: 1, prompt: ids, response: ids, logprobs: Float32Array.of(-0.5, 0) };
    const advantages = [0.1 + 0.2, -1 / 3];
    await writeEpisodes(path, [{ group: 'g', advantages, steps: [step] }], { tokens: 'response' });
    const [back] = await read();
    expect(back.advantages).toEqual(advantages);
    const { prompt: _, ...rest } = step;
    expect(back.steps[0]).toEqual(rest);
  });

  test('any text comes back', async () => {
    const text = fc.string({ unit: 'binary' });
    await fc.assert(
      fc.asyncProperty(fc.array(text, { minLength: 1, maxLength: 5 }), async (texts) => {
        const episodes = texts.map((t) => ({ group: t, steps: [{ observation: t, action: t, reward: 0 }], error: t }));
        await writeEpisodes(path, episodes);
        expect(await read()).toEqual(episodes);
      }),
      { numRuns: 40 },
    );
  });

  test('credit takes them as they are', async () => {
    await writeEpisodes(path, [episode]);
    const batch = batchFromEpisodes(await read());
    expect([...batch.reward]).toEqual([0, 10]);
    expect(batch.stateText).toEqual(['You see a mug.\u2028Wash it.', 'hold', 'clean mug']);
    expect(batch.success[0]).toBe(1);
  });

  test('files of others: plain text, unknown fields, no ids, empty lines, no last line end', async () => {
    const file = join(dir, 'theirs.jsonl');
    const line = '{"group":"a","steps":[{"state":"s","reward":1,"mood":"good"}],"score":3}';
    writeFileSync(file, `${line}\r\n\n${line}`);
    const theirs = { group: 'a', steps: [{ state: 's', reward: 1, mood: 'good' }], score: 3 };
    expect(await read(file)).toEqual([theirs, theirs]);
  });

  test('lines longer than a read', async () => {
    const long = { group: 'g', steps: [{ observation: 'ü'.repeat(300_000), reward: 0 }] };
    await writeEpisodes(path, [long, long]);
    const back = await read();
    expect(back.map((e) => e.steps[0].observation === long.steps[0].observation)).toEqual([true, true]);
  });

  test('nothing', async () => {
    await writeEpisodes(path, []);
    expect(await read()).toEqual([]);
    writeFileSync(path, '');
    expect(await read()).toEqual([]);
  });

  test('stopping early closes the file', async () => {
    await writeEpisodes(
      path,
      Array.from({ length: 2000 }, () => episode),
    );
    for await (const e of readEpisodes(path)) {
      expect(e.id).toBe('g000t000');
      break;
    }
  });
});

describe('errors say file, line and field', () => {
  const good = '{"group":"a","steps":[{"observation":"o","reward":1}]}';
  test.each([
    ['{"group":"a"', undefined, 'it is not JSON'],
    ['[1]', undefined, 'a line must be a JSON object'],
    ['{"steps":[]}', 'group', 'it is missing; it must be a string'],
    ['{"group":"a","steps":{}}', 'steps', 'it is {}; it must be a list'],
    ['{"group":"a","steps":[1]}', 'steps[0]', 'it is 1; it must be an object'],
    [
      '{"group":"a","steps":[{"observation":"o","reward":1},{"observation":"o"}]}',
      'steps[1].reward',
      'it is missing; it must be a number',
    ],
    ['{"group":"a","steps":[{"observation":"o","reward":"1"}]}', 'steps[0].reward', 'it is "1"'],
    ['{"group":"a","steps":[{"observation":"o","reward":null}]}', 'steps[0].reward', 'it is null'],
    ['{"group":"a","steps":[{"reward":1}]}', 'steps[0].observation', 'give it, or `state`'],
    [
      '{"group":"a","steps":[{"observation":"o","reward":1,"valid":1}]}',
      'steps[0].valid',
      'it is 1; it must be true or false',
    ],
    ['{"group":"a","steps":[{"observation":"o","reward":1,"prompt":[1.5]}]}', 'steps[0].prompt', 'a list of token ids'],
    ['{"group":"a","success":"yes","steps":[]}', 'success', 'it is "yes"'],
    ['{"group":"a","task":{"id":"x","type":"y"},"steps":[]}', 'task.split', 'it is missing'],
  ])('%s', async (line, field, message) => {
    const file = join(dir, 'theirs.jsonl');
    writeFileSync(file, `${good}\n${line}\n${good}\n`);
    await expect(read(file)).rejects.toMatchObject({ code: 'TURNWISE_RECORD', file, line: 2, field });
    await expect(read(file)).rejects.toThrow(message);
  });

  test('a compressed file that was cut short', async () => {
    const lines = Array.from({ length: 5000 }, (_, i) => good.replace('"o"', `"${Math.sin(i)}"`)).join('\n');
    const whole = gzipSync(lines);
    writeFileSync(path, whole.subarray(0, whole.length / 2));
    await expect(read()).rejects.toThrow(/line \d+: the compressed file is broken or was cut short/);
    const broken = Buffer.from(whole);
    broken.fill(0x55, 1000, 1100);
    writeFileSync(path, broken);
    await expect(read()).rejects.toThrow(/RecordError|broken|not JSON/);
  });

  test('a missing file', async () => {
    await expect(read(join(dir, 'nowhere.jsonl'))).rejects.toThrow('nowhere.jsonl: there is no such file');
  });
});
