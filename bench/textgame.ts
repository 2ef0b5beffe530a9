import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type AlfworldSuite, openAlfworld } from '../src/environments/alfworld/index.ts';
import type { Task } from '../src/environments/environment.ts';
import { GameState } from '../src/environments/textgame/index.ts';
import { Random } from '../src/text/random.ts';
import { collectGarbage } from './garbage.ts';
import { median, type Section } from './report.ts';

const DATA = fileURLToPath(new URL('../../shared/data/alfworld/json_2.1.3_tw-pddl.zip', import.meta.url));
const GAMES = 200;
const EPISODES_A_GAME = 8;

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

  const every = Math.floor(suite.tasks('train').length / GAMES);
  const [tasks, others] = [0, 1].map((offset) =>
    suite
      .tasks('train')
      .filter((_, i) => i % every === offset)
      .slice(0, GAMES),
  );
  const loads: number[] = [];
  const resets: number[] = [];
  const play = async (games: readonly Task[], rounds: number, seed: number): Promise<number> => {
    let steps = 0;
    let time = 0;
    for (const [g, task] of games.entries()) {
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
  await play(tasks, 1, 1);
  const warm = await play(tasks, EPISODES_A_GAME, 2);
  const cold = await play(others, 1, 3);
  rows.push(['load and compile a game, and its first reset', `${median(loads).toFixed(2)} ms`]);
  rows.push(['reset', `${median(resets).toFixed(3)} ms`]);
  rows.push(['steps with admissible commands, first episode of each game', `${cold.toFixed(0)}/s`]);
  rows.push([`steps with admissible commands, ${GAMES} games × ${EPISODES_A_GAME} episodes`, `${warm.toFixed(0)}/s`]);
  rows.push([
    'of that the state update alone: the same commands, no lists, answers told',
    `${(await updatesAlone(suite, tasks)).toFixed(0)} steps/s`,
  ]);
  rows.push(['largest game (by its problem), random play', `${(await largest(suite)).toFixed(0)} steps/s`]);
  rows.push(['4,096 episodes at once, 50 steps each', await concurrent(suite, tasks.slice(0, 100))]);
  rows.push(['1,000,000 resets over 100 games', await manyResets(suite, tasks.slice(0, 100))]);
  suite.close();
  return section;
}

/** The commands of random episodes played again, without asking what could be done. */
async function updatesAlone(suite: AlfworldSuite, tasks: readonly Task[]): Promise<number> {
  let steps = 0;
  let time = 0;
  for (const [g, task] of tasks.entries()) {
    const { game } = await suite.load(task);
    const random = Random.of(g, 'bench-updates');
    const first = new GameState(game);
    const commands = Array.from({ length: 50 }, () => {
      const command = random.pick(first.admissible);
      first.apply(command);
      return command;
    });
    for (let e = 0; e < EPISODES_A_GAME; e++) {
      const state = new GameState(game);
      const begin = performance.now();
      for (const command of commands) state.apply(command);
      time += performance.now() - begin;
      steps += commands.length;
    }
  }
  return steps / (time / 1000);
}

async function largest(suite: AlfworldSuite): Promise<number> {
  let found: Task | undefined;
  let length = 0;
  for (const task of suite.tasks('train')) {
    const { stored } = await suite.load(task);
    if (stored.pddl_problem.length <= length) continue;
    length = stored.pddl_problem.length;
    found = task;
  }
  const environment = suite.create();
  const rates: number[] = [];
  for (let e = 0; e < 100; e++) {
    const random = Random.of(e, 'bench-largest');
    let turn = await environment.reset(found as Task);
    const begin = performance.now();
    for (let t = 0; t < 50; t++) turn = await environment.step(random.pick(turn.admissible));
    rates.push(50_000 / (performance.now() - begin));
  }
  return median(rates);
}

async function concurrent(suite: AlfworldSuite, tasks: readonly Task[]): Promise<string> {
  collectGarbage();
  const before = process.memoryUsage().rss;
  const environments = Array.from({ length: 4096 }, () => suite.create());
  const random = Random.of(1, 'bench-concurrent');
  const turns = await Promise.all(environments.map((environment, i) => environment.reset(tasks[i % tasks.length])));
  const begin = performance.now();
  for (let t = 0; t < 50; t++) {
    for (let i = 0; i < environments.length; i++) {
      turns[i] = await environments[i].step(random.pick(turns[i].admissible));
    }
  }
  const seconds = (performance.now() - begin) / 1000;
  collectGarbage();
  const grown = (process.memoryUsage().rss - before) / 2 ** 20;
  return `${((4096 * 50) / seconds).toFixed(0)} steps/s, ${grown.toFixed(0)} MB more`;
}

async function manyResets(suite: AlfworldSuite, tasks: readonly Task[]): Promise<string> {
  const environment = suite.create();
  const heaps: number[] = [];
  for (let i = 0; i <= 1_000_000; i++) {
    await environment.reset(tasks[i % tasks.length]);
    if (i % 250_000 !== 0) continue;
    collectGarbage();
    heaps.push(process.memoryUsage().heapUsed / 2 ** 20);
  }
  return `heap ${heaps.map((heap) => heap.toFixed(0)).join(' → ')} MB`;
}
