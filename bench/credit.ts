import { ALGORITHM_NAMES, assignCredit, batchFromEpisodes, type EpisodeRecord } from '../src/credit/index.ts';
import { Random } from '../src/text/random.ts';
import { collectGarbage } from './garbage.ts';
import { median, type Section } from './report.ts';

const GROUP = 8;
const TURNS = 50;
/** Observations that a group meets, of some 400 characters. */
const PLACES = 60;

/** Rollouts as of a household: groups of 8 episodes of up to 50 turns, some 37 on average. */
export function rollouts(steps: number, seed = 1): EpisodeRecord[] {
  const random = Random.of(seed, 'bench-rollouts');
  const words = 'shelf drawer cabinet fridge countertop knife apple potato open closed nothing see arrive'.split(' ');
  const tails = Array.from({ length: PLACES }, (_, place) => {
    let text = `You arrive at place ${place}. On it you see`;
    while (text.length < 385) text += ` ${random.pick(words)} ${random.below(20)},`;
    return text;
  });
  const episodes: EpisodeRecord[] = [];
  let made = 0;
  for (let group = 0; made < steps; group++) {
    for (let member = 0; member < GROUP && made < steps; member++) {
      const success = random.next() < 0.5;
      const turns = Math.min(steps - made, success ? 10 + random.below(TURNS - 10) : TURNS);
      made += turns;
      episodes.push({
        group: `task ${group}`,
        id: `task ${group}, ${member}`,
        success,
        truncated: !success,
        steps: Array.from({ length: turns }, (_, t) => ({
          // A text of its own each time, as a parser makes it: nothing about it is known beforehand.
          observation: Buffer.from(`Task ${group}. ${tails[random.below(PLACES)]}`).toString('latin1'),
          reward: success && t === turns - 1 ? 10 : 0,
          valid: random.next() < 0.9,
          value: random.next(),
        })),
      });
    }
  }
  return episodes;
}

/** Milliseconds from plain episodes, texts and all, to advantages and diagnostics. */
export async function benchCredit(): Promise<Section> {
  const sizes = [1_000, 4_700, 100_000, 1_000_000];
  const rows: (string | number)[][] = ALGORITHM_NAMES.map((name) => [name]);
  const grouping: (string | number)[] = ['texts to columns alone'];
  for (const size of sizes) {
    const repeats = size > 100_000 ? 3 : size > 5_000 ? 5 : 25;
    const episodes = rollouts(size);
    const time = (run: () => void): string => {
      const times: number[] = [];
      for (let i = 0; i < repeats; i++) {
        const begin = performance.now();
        run();
        times.push(performance.now() - begin);
      }
      return `${median(times).toPrecision(3)} ms`;
    };
    grouping.push(time(() => batchFromEpisodes(episodes)));
    for (let i = 0; i < ALGORITHM_NAMES.length; i++) {
      rows[i].push(time(() => assignCredit(batchFromEpisodes(episodes), ALGORITHM_NAMES[i])));
    }
  }
  const memory = ['memory held, gagpo', ...sizes.map((size) => `${bytesPerStep(size).toFixed(0)} B/step`)];
  return {
    title: 'Credit: plain episodes to advantages',
    header: ['algorithm', ...sizes.map((size) => `${size.toLocaleString('en')} steps`)],
    rows: [grouping, ...rows, memory],
  };
}

/** Typed arrays of a batch and its advantages; the texts are the caller's. */
function bytesPerStep(size: number): number {
  const episodes = rollouts(size);
  collectGarbage();
  const before = process.memoryUsage().arrayBuffers;
  const batch = batchFromEpisodes(episodes);
  const credit = assignCredit(batch, 'gagpo');
  collectGarbage();
  const held = process.memoryUsage().arrayBuffers - before;
  return batch.steps === credit.advantages.length ? held / size : Number.NaN;
}
