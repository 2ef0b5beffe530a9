import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { openAlfworld } from '../src/environments/alfworld/index.ts';
import { Random } from '../src/text/random.ts';
import { median, type Section } from './report.ts';

const DATA = fileURLToPath(new URL('../../shared/data/alfworld/json_2.1.3_tw-pddl.zip', import.meta.url));
const GAMES = 200;
const EPISODES_A_GAME = 4;

/** Random admissible play of ALFWorld: every step tells its observation and all commands that can be done next. */
export async function benchTextgame(): Promise<Section> {
  const rows: (string | number)[][] = [];
  const section = { title: 'Text games: ALFWorld on one core', header: ['what', 'measured'], rows };
  if (!existsSync(DATA)) {
    rows.push(['skipped', `${DATA} is not there`]);
    return section;
  }
  const memory = (): number => process.memoryUsage().rss / 2 ** 20;
  const before = memory();
  const begin = performance.now();
  const suite = await openAlfworld({ data: DATA });
  const count = suite.splits.reduce((sum, split) => sum + suite.tasks(split).length, 0);
  rows.push([
    `open: ${count} games indexed`,
    `${(performance.now() - begin).toFixed(0)} ms, ${(memory() - before).toFixed(0)} MB`,
  ]);

  const tasks = suite.tasks('train').filter((_, i) => i % Math.floor(suite.tasks('train').length / GAMES) === 0);
  const loads: number[] = [];
  const resets: number[] = [];
  const play = async (rounds: number, seed: number): Promise<number> => {
    let steps = 0;
    let time = 0;
    for (const [g, task] of tasks.entries()) {
      const environment = suite.create();
      for (let e = 0; e < rounds; e++) {
        const start = performance.now();
        let turn = await environment.reset(task);
        (e === 0 && seed === 1 ? loads : resets).push(performance.now() - start);
        const random = Random.of(seed, 'bench', g, e);
        const from = performance.now();
        for (let t = 0; t < 50; t++) {
          const result = environment.step(random.pick(turn.admissible ?? []));
          steps++;
          turn = await result;
          if ((turn as { done?: boolean }).done) break;
        }
        time += performance.now() - from;
      }
    }
    return steps / (time / 1000);
  };
  const cold = await play(1, 1);
  const warm = await play(EPISODES_A_GAME, 2);
  rows.push(['load and compile a game, and its first reset', `${median(loads).toFixed(2)} ms`]);
  rows.push(['reset', `${median(resets).toFixed(3)} ms`]);
  rows.push(['steps with admissible commands, first episode of each game', `${cold.toFixed(0)}/s`]);
  rows.push([`steps with admissible commands, ${GAMES} games × ${EPISODES_A_GAME} episodes`, `${warm.toFixed(0)}/s`]);
  suite.close();
  return section;
}
