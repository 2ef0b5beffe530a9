import { beforeAll, describe, expect, it } from 'vitest';
import { Random } from '../text/random.ts';
import { Engine } from './engine.ts';
import { EngineGroup } from './engine-group.ts';
import type { Sampled, SampledToken, SamplingRequest } from './generator.ts';
import { commonPrefix, PrefixStore } from './prefix-store.ts';
import { tinyConfig } from './testing.ts';

/** Above the vocabulary from which tokens are drawn by blocks. */
const LARGE = 17_000;

function engine(vocabSize: number, options = {}): Engine {
  const e = new Engine(tinyConfig({ vocabSize, maxPositions: 512 }), [0], { threads: 1, slots: 8, ...options });
  e.initialize(3);
  const random = Random.of(5, 'perturb');
  for (let i = 0; i < e.parameters.length; i++) e.parameters[i] += 0.3 * random.normal();
  return e;
}

/** Requests of several groups: alike prompts within a group, a common beginning for all. */
function requests(vocabSize: number, count = 24): SamplingRequest[] {
  const random = Random.of(1, 'prompts');
  const ids = (n: number): number[] => Array.from({ length: n }, () => 1 + random.below(vocabSize - 1));
  const common = ids(40);
  const groups = Array.from({ length: 4 }, (_, g) => [...common, ...ids(3 + 20 * g)]);
  return Array.from({ length: count }, (_, i) => ({
    prompt: Int32Array.from(i % 3 === 2 ? [...groups[i % 4], ...ids(1 + (i % 5))] : groups[i % 4]),
    maxTokens: 1 + ((i * 7) % 23),
    temperature: i % 5 === 4 ? 0 : 0.5 + (i % 3) / 4,
    topP: i % 7 === 3 ? 0.8 : 1,
    seed: i,
  }));
}

function same(a: Sampled, b: Sampled): void {
  expect([...a.ids]).toEqual([...b.ids]);
  expect(a.stopped).toBe(b.stopped);
  a.logprobs.forEach((l, i) => expect(Math.abs(l - b.logprobs[i])).toBeLessThan(1e-4));
}

describe.each([61, LARGE])('with a vocabulary of %i', (vocabSize) => {
  const all = requests(vocabSize);
  let alone: Sampled[];
  beforeAll(async () => {
    const e = engine(vocabSize, { slots: 1 });
    alone = [];
    for (const request of all) alone.push(...(await e.sample([request])));
    await e.close();
  });

  it.each([
    ['many slots', { slots: 64 }],
    ['few slots', { slots: 3 }],
    ['prompts read a few at a time', { slots: 8, promptTokensPerRun: 64 }],
    ['known beginnings', { slots: 8, prefixBytes: 1e8 }],
    ['little room for known beginnings', { slots: 8, prefixBytes: 200_000 }],
  ])('the samples are those of each request alone: %s', async (_, options) => {
    const e = engine(vocabSize, options);
    const shuffled = Random.of(9, 'arrival').shuffle(all.map((_r, i) => i));
    const together = await e.sample(shuffled.map((i) => all[i]));
    together.forEach((s, i) => same(s, alone[shuffled[i]]));
    // Once more, now that all of it has been seen.
    (await e.sample(all)).forEach((s, i) => same(s, alone[i]));
    await e.close();
  });

  it('the same when requests arrive while others run', async () => {
    const e = engine(vocabSize, { slots: 4, prefixBytes: 1e8 });
    const pending: Promise<Sampled>[] = [];
    for (const request of all) {
      pending.push(e.generate(request));
      if (pending.length % 5 === 0) await pending[pending.length - 3];
    }
    (await Promise.all(pending)).forEach((s, i) => same(s, alone[i]));
    await e.close();
  });

  it("log-probabilities are the trainer's", async () => {
    const e = engine(vocabSize);
    const sampled = await e.sample(all);
    for (const [i, s] of sampled.entries()) {
      const temperature = all[i].temperature || 1;
      const [score] = await e.score([{ prompt: all[i].prompt, response: s.ids }], temperature);
      s.logprobs.forEach((l, t) => expect(Math.abs(l - score.logprobs[t])).toBeLessThan(1e-4));
    }
    await e.close();
  });

  it('draws tokens as often as their probabilities say', async () => {
    const e = engine(vocabSize, { slots: 64 });
    const prompt = Int32Array.of(5, 9, 4);
    const n = 3000;
    const sampled = await e.sample(
      Array.from({ length: n }, (_, seed) => ({ prompt, maxTokens: 1, temperature: 0.4, topP: 1, seed })),
    );
    const seen = new Map<number, { count: number; p: number }>();
    for (const { ids, logprobs } of sampled) {
      const entry = seen.get(ids[0]) ?? { count: 0, p: Math.exp(logprobs[0]) };
      entry.count++;
      seen.set(ids[0], entry);
    }
    for (const { count, p } of seen.values()) {
      // Five standard deviations of a binomial count, and room for rare tokens that came once.
      expect(Math.abs(count - n * p)).toBeLessThan(5 * Math.sqrt(n * p) + 3);
    }
    await e.close();
  });
});

describe('a single completion', () => {
  it('tells of every token, and names the likeliest', async () => {
    const group = EngineGroup.start(tinyConfig(), [0], { replicas: 2, threads: 1 });
    await group.initialize(3);
    const tokens: SampledToken[] = [];
    const request = { prompt: Int32Array.of(3, 4), maxTokens: 6, temperature: 1, topP: 1, seed: 4, topLogprobs: 3 };
    const sampled = await group.generate(request, (token) => tokens.push(token));
    expect(tokens.map((t) => t.id)).toEqual([...sampled.ids]);
    for (const { id, logprob, top } of tokens) {
      expect(top).toHaveLength(3);
      expect(top![0].logprob).toBeGreaterThanOrEqual(top![2].logprob);
      expect(top![0].logprob).toBeGreaterThanOrEqual(logprob);
      const own = top!.find((t) => t.id === id);
      if (own) expect(own.logprob).toBeCloseTo(logprob, 5);
    }
    await group.close();
  });

  it('ends when it is no longer wanted, running or waiting', async () => {
    const group = EngineGroup.start(tinyConfig({ maxPositions: 100_000 }), [], { replicas: 1, threads: 1, slots: 1 });
    await group.initialize(3);
    const controller = new AbortController();
    const request = { prompt: Int32Array.of(3, 4), maxTokens: 90_000, temperature: 1, topP: 1, seed: 4 };
    let seen = 0;
    const onToken = (): void => {
      if (++seen === 20) controller.abort();
    };
    const running = group.generate(request, onToken, controller.signal);
    const waiting = group.generate({ ...request, seed: 5 }, undefined, controller.signal);
    const after = group.generate({ ...request, maxTokens: 5, seed: 6 });
    expect((await running).ids.length).toBeLessThan(1000);
    expect((await waiting).ids.length).toBeLessThan(1000);
    expect((await after).ids.length).toBe(5);
    await group.close();
  });

  it('that fails leaves nothing behind for those that come after', async () => {
    const all = requests(61, 8);
    const e = engine(61, { slots: 4, prefixBytes: 1e8 });
    const before = await e.sample(all);
    const breaking = e.generate(all[0], () => {
      throw new Error('the listener broke');
    });
    const beside = e.generate(all[1]);
    // Asked for in the very moment of the failure, too.
    const after = breaking.catch(() => e.sample(all));
    await expect(breaking).rejects.toThrow('the listener broke');
    await expect(beside).rejects.toThrow('the listener broke');
    ((await after) as Sampled[]).forEach((s, i) => same(s, before[i]));
    await e.close();
  });

  it('fails alone when it does not fit', async () => {
    const e = engine(61);
    const bad = e.generate({ prompt: new Int32Array(600).fill(1), maxTokens: 5, temperature: 1, topP: 1, seed: 1 });
    const good = e.generate({ prompt: Int32Array.of(3), maxTokens: 5, temperature: 1, topP: 1, seed: 1 });
    await expect(bad).rejects.toMatchObject({ name: 'SequenceTooLongError' });
    expect((await good).ids.length).toBeGreaterThan(0);
    await e.close();
  });
});

describe('PrefixStore', () => {
  const saved = (length: number) => ({ length, k: [], v: [] });
  const ids = (...n: number[]): Int32Array => Int32Array.from(n);
  const add = (store: PrefixStore, tokens: Int32Array): void => {
    if (store.wants(tokens, 10)) store.add(tokens, saved(tokens.length), 10);
  };

  it('finds the longest beginning, of at least so many tokens', () => {
    const store = new PrefixStore(1000);
    add(store, ids(1, 2, 3, 4));
    add(store, ids(1, 2, 9, 9, 9));
    expect(store.find(ids(1, 2, 9, 9, 5), 1, 4)).toEqual({ saved: saved(5), length: 4 });
    expect(store.find(ids(1, 2, 9, 9, 9), 1, 4)?.length).toBe(4);
    expect(store.find(ids(1, 7), 2, 2)).toBeUndefined();
  });

  it('forgets the least recently used, and what a longer one begins with', () => {
    const store = new PrefixStore(100);
    add(store, ids(1, 1, 1, 1));
    add(store, ids(2, 2, 2, 2));
    store.find(ids(1, 1), 1, 2);
    add(store, ids(3, 3, 3));
    expect(store.find(ids(2, 2), 1, 2)).toBeUndefined();
    expect(store.find(ids(1, 1), 1, 2)?.length).toBe(2);
    add(store, ids(3, 3, 3, 3));
    expect(store.find(ids(3, 3, 3, 3), 1, 4)?.saved.length).toBe(4);
    add(store, new Int32Array(11));
    expect(store.find(new Int32Array(4), 1, 4)).toBeUndefined();
    store.clear();
    expect(store.find(ids(3), 1, 1)).toBeUndefined();
  });

  it('counts what two sequences begin with', () => {
    expect(commonPrefix(ids(1, 2, 3), ids(1, 2, 4))).toBe(2);
    expect(commonPrefix(ids(), ids(1))).toBe(0);
  });
});
