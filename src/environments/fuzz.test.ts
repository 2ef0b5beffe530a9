import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { crc32 } from 'node:zlib';
import { beforeAll, describe, expect, it } from 'vitest';
import { Random } from '../text/random.ts';
import { AlfworldDataError, openAlfworld } from './alfworld/index.ts';
import { HOUSEHOLD_DOMAIN, householdGrammar } from './household/domain.ts';
import { problemText } from './household/problem.ts';
import { generateWorld } from './household/world.ts';
import { Game, GameState, GameTextError, type GameTexts } from './textgame/index.ts';

const zip = fileURLToPath(new URL('../../../shared/data/alfworld/json_2.1.3_tw-pddl.zip', import.meta.url));
const here = existsSync(zip);
if (!here) console.log(`skipped: mangling official ALFWorld games; there is no ${zip}`);
/** 100,000 inputs with TURNWISE_FULL=1. */
const INPUTS = process.env['TURNWISE_FULL'] === '1' ? 50_000 : 600;
const STEPS = 20;

const NASTY = [
  '(',
  ')',
  '((',
  '))',
  '"',
  '"""',
  '{',
  '}',
  '[',
  ']',
  '#',
  '|',
  '?',
  ' - ',
  ';',
  '\u0000',
  '\ud800',
  '😀',
  '__proto__',
  'constructor',
  'toString',
  'hasOwnProperty',
  'and',
  'or',
  'not',
  'exists',
  'when',
  'forall',
  'increase',
  '1e999',
  '99999999999999999999',
  '-1',
  '#intro#',
  '#look.feedback#',
  '{r.name | inreceptacle(o:object, r:receptacle)}',
];

/** One of the ways in which files break, or are made to break. */
function mangle(text: string, random: Random): string {
  const at = random.below(text.length + 1);
  const length = random.below(random.next() < 0.8 ? 12 : 400);
  switch (random.below(9)) {
    case 0:
      return text.slice(0, at);
    case 1:
      return text.slice(0, at) + text.slice(at + length);
    case 2:
      return text.slice(0, at) + random.pick(NASTY) + text.slice(at);
    case 3:
      return text.slice(0, at) + text.slice(at, at + length).repeat(2 + random.below(4)) + text.slice(at + length);
    case 4:
      return text.slice(0, at) + String.fromCharCode(text.charCodeAt(at) ^ (1 << random.below(8))) + text.slice(at + 1);
    case 5:
      return (
        text.slice(0, at) + random.pick(['(', '(and ', '(or ', '(not ', '{', '[{', '#']).repeat(2000) + text.slice(at)
      );
    case 6: {
      // Two words trade places.
      const words = [...text.matchAll(/[\w-]+/g)];
      if (words.length < 2) return text;
      const [a, b] = [random.pick(words), random.pick(words)].sort((x, y) => x.index - y.index);
      const between = text.slice(a.index + a[0].length, b.index);
      return text.slice(0, a.index) + b[0] + between + a[0] + text.slice(b.index + b[0].length);
    }
    case 7: {
      // A word becomes another everywhere.
      const words = [...text.matchAll(/[\w-]+/g)].map(([word]) => word);
      return words.length === 0
        ? text
        : text.replaceAll(random.pick(words), random.pick([...NASTY, ...words.slice(0, 50)]));
    }
    default: {
      const to = random.below(text.length + 1);
      return text.slice(0, at) + text.slice(to, to + length) + text.slice(at);
    }
  }
}

/** Loads and plays a mangled game. @returns whether it could be played */
function attempt(texts: GameTexts, random: Random): boolean {
  try {
    const state = new GameState(new Game(texts));
    for (let step = 0; step < STEPS && state.admissible.length > 0; step++) {
      state.apply(random.next() < 0.95 ? random.pick(state.admissible) : random.pick(NASTY));
    }
    return true;
  } catch (error) {
    // Anything but a sentence that says what is wrong is a bug of ours.
    if (!(error instanceof GameTextError)) throw error;
    return false;
  }
}

function fuzz(originals: readonly GameTexts[], inputs: number, seed: number): { played: number; slowest: number } {
  const own = Object.getOwnPropertyNames(Object.prototype).length;
  let played = 0;
  let slowest = 0;
  for (let i = 0; i < inputs; i++) {
    const random = Random.of(seed, 'fuzz', i);
    const texts = { ...random.pick(originals) };
    const part = random.pick(['domain', 'grammar', 'problem'] as const);
    for (let times = random.below(3); times >= 0; times--) texts[part] = mangle(texts[part], random);
    const begin = performance.now();
    try {
      if (attempt(texts, random)) played++;
    } catch (error) {
      throw new Error(`input ${i}, ${part}: ${(error as Error).stack}`, { cause: error });
    }
    slowest = Math.max(slowest, performance.now() - begin);
  }
  expect(Object.getOwnPropertyNames(Object.prototype).length).toBe(own);
  return { played, slowest };
}

describe('mangled games are refused with a sentence or played', () => {
  it('of the household', { timeout: 3_600_000 }, () => {
    const games = Array.from({ length: 20 }, (_, index) => ({
      domain: HOUSEHOLD_DOMAIN,
      grammar: householdGrammar('Bring the cup.'),
      problem: problemText(generateWorld({ split: 'train', difficulty: 'medium', index })),
    }));
    const { played, slowest } = fuzz(games, INPUTS, 1);
    expect(played).toBeGreaterThan(INPUTS / 20);
    expect(played).toBeLessThan(INPUTS);
    // The bounds on work make the worst a matter of a second or two; without them it would be of years.
    expect(slowest).toBeLessThan(20_000);
  });

  describe.runIf(here)('of ALFWorld', () => {
    const games: GameTexts[] = [];
    beforeAll(async () => {
      const suite = await openAlfworld({ data: zip });
      const tasks = suite.tasks('train');
      for (let i = 0; i < tasks.length; i += Math.ceil(tasks.length / 40)) {
        const { stored } = await suite.load(tasks[i]);
        games.push({ domain: stored.pddl_domain, grammar: stored.grammar, problem: stored.pddl_problem });
      }
      suite.close();
    });

    it('the official files', { timeout: 3_600_000 }, () => {
      const { played, slowest } = fuzz(games, INPUTS, 2);
      expect(played).toBeGreaterThan(INPUTS / 20);
      expect(played).toBeLessThan(INPUTS);
      expect(slowest).toBeLessThan(20_000);
    });
  });
});

/** A zip of uncompressed files, as the format's local headers, directory and end of directory. */
function zipOf(files: Readonly<Record<string, string>>): Buffer {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const [name, text] of Object.entries(files)) {
    const [path, data] = [Buffer.from(name), Buffer.from(text)];
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt32LE(crc32(data), 10);
    common.writeUInt32LE(data.length, 14);
    common.writeUInt32LE(data.length, 18);
    common.writeUInt16LE(path.length, 22);
    const place = Buffer.alloc(14);
    place.writeUInt32LE(offset, 10);
    const local = Buffer.concat([Buffer.from('PK\x03\x04'), common, path, data]);
    directory.push(Buffer.concat([Buffer.from('PK\x01\x02\x14\x00'), common, place, path]));
    parts.push(local);
    offset += local.length;
  }
  const index = Buffer.concat(directory);
  const end = Buffer.alloc(18);
  end.writeUInt16LE(directory.length, 4);
  end.writeUInt16LE(directory.length, 6);
  end.writeUInt32LE(index.length, 8);
  end.writeUInt32LE(offset, 12);
  return Buffer.concat([...parts, index, Buffer.from('PK\x05\x06'), end]);
}

describe('mangled archives are refused with a sentence or played', () => {
  it('byte by byte', { timeout: 600_000 }, async () => {
    const folder = mkdtempSync(join(tmpdir(), 'turnwise-fuzz-'));
    const world = generateWorld({ split: 'train', difficulty: 'easy', index: 1 });
    const game = JSON.stringify({
      pddl_domain: HOUSEHOLD_DOMAIN,
      grammar: householdGrammar(world.sentence),
      pddl_problem: problemText(world),
    });
    const path = 'json_2.1.1/train/pick_and_place_simple-A/trial_1/game.tw-pddl';
    const whole = zipOf({ [path]: game, [path.replace('trial_1', 'trial_2')]: game });
    let played = 0;
    for (let i = 0; i < INPUTS; i++) {
      const random = Random.of(i, 'fuzz archives');
      const bytes = Buffer.from(whole);
      // The directory at the end is where a flipped byte means something.
      for (let k = random.below(4); k >= 0; k--) {
        const from = random.next() < 0.7 ? bytes.length - 400 : 0;
        bytes[from + random.below(bytes.length - from)] ^= 1 << random.below(8);
      }
      const file = join(folder, 'mangled.zip');
      writeFileSync(file, random.next() < 0.1 ? bytes.subarray(0, random.below(bytes.length)) : bytes);
      try {
        const suite = await openAlfworld({ data: file });
        try {
          for (const split of suite.splits) for (const task of suite.tasks(split)) await suite.create().reset(task);
          played++;
        } finally {
          suite.close();
        }
      } catch (error) {
        if (!(error instanceof AlfworldDataError))
          throw new Error(`archive ${i}: ${(error as Error).stack}`, { cause: error });
      }
    }
    rmSync(folder, { recursive: true });
    expect(played).toBeGreaterThan(0);
    expect(played).toBeLessThan(INPUTS);
  });

  it('is a whole one when nothing is mangled', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'turnwise-fuzz-'));
    const file = join(folder, 'odd.zip');
    // Paths that climb out of the archive, or are called like what every object has, are files like any other or none.
    writeFileSync(
      file,
      zipOf({ '__proto__/train/pick_and_place_simple-A/trial_1/game.tw-pddl': '{}', constructor: 'x' }),
    );
    const suite = await openAlfworld({ data: file });
    await expect(suite.create().reset(suite.tasks('train')[0])).rejects.toThrow('no text pddl_domain');
    suite.close();
    writeFileSync(file, zipOf({ '../train/pick_and_place_simple-A/trial_1/game.tw-pddl': '{}' }));
    await expect(openAlfworld({ data: file })).rejects.toBeInstanceOf(AlfworldDataError);
    rmSync(folder, { recursive: true });
  });
});
