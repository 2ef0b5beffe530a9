import { existsSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { StepResult, Task, Turn } from '../environment.ts';
import { GameState } from '../textgame/index.ts';
import { AlfworldDataError, type AlfworldSuite, openAlfworld } from './index.ts';
import { alfworldNames } from './names.ts';

const data = fileURLToPath(new URL('../../../../shared/data/alfworld/', import.meta.url));
const zip = join(data, 'json_2.1.3_tw-pddl.zip');
const here = existsSync(zip);
if (!here) console.log(`skipped: replaying ALFWorld's recordings and walkthroughs; there is no ${zip}`);
/** All 4,027 games with TURNWISE_FULL=1, else every twentieth of the large split. */
const full = process.env.TURNWISE_FULL === '1';

interface Recording {
  readonly game: string;
  readonly initialObservation: string | null;
  readonly initialAdmissible: string[] | null;
  readonly steps: {
    readonly action: string;
    readonly observation?: string | null;
    readonly won?: boolean | null;
    readonly admissible?: string[];
  }[];
}

function recordings(name: string): Recording[] {
  return gunzipSync(readFileSync(join(data, name)))
    .toString()
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Recording);
}

describe.runIf(here)('the official games', () => {
  let suite: AlfworldSuite;
  let tasks: Map<string, Task>;

  beforeAll(async () => {
    suite = await openAlfworld({ data: zip, maxSteps: 1000 });
    tasks = new Map(suite.splits.flatMap((s) => suite.tasks(s)).map((t) => [t.id, t]));
  });
  afterAll(() => suite?.close());

  it('are all there', () => {
    expect(suite.splits.map((s) => [s, suite.tasks(s).length])).toEqual([
      ['train', 3553],
      ['valid_seen', 140],
      ['valid_unseen', 134],
      ['valid_train', 200],
    ]);
    const types: Record<string, number> = {};
    for (const t of suite.tasks('valid_unseen')) types[t.type] = (types[t.type] ?? 0) + 1;
    expect(types).toEqual({ pick: 24, look: 18, clean: 31, heat: 23, cool: 21, two: 17 });
  });

  for (const name of ['transcripts-admissible.jsonl.gz', 'transcripts.jsonl.gz']) {
    it(`play as recorded in ${name}`, async () => {
      for (const recording of recordings(name)) {
        const id = recording.game.replace('json_2.1.1/', '');
        const environment = suite.create();
        let turn: Turn = await environment.reset(tasks.get(id)!);
        if (recording.initialObservation !== null) {
          // Recorders left out the banner and joined the paragraphs by one newline.
          const told = turn.observation.replace(/\n+/g, '\n');
          expect(
            told.endsWith(
              recording.initialObservation
                .replace(/\n+/g, '\n')
                .replace(/^-=.*=-\n/, '')
                .trim(),
            ),
            id,
          ).toBe(true);
        }
        if (recording.initialAdmissible) expect(turn.admissible).toEqual(recording.initialAdmissible);
        for (const step of recording.steps) {
          const result = (await environment.step(step.action)) as StepResult;
          turn = result;
          if (step.observation != null) {
            const shortened = turn.observation.replace(/^You arrive at [^.]*\. /, '');
            expect([turn.observation.trim(), shortened.trim()], `${id}: ${step.action}`).toContain(
              step.observation.trim(),
            );
          }
          if (step.admissible) expect(turn.admissible).toEqual(step.admissible);
          if (step.won != null) expect(result.success).toBe(step.won);
          if (result.done) break;
        }
      }
    });
  }

  it('are won by their walkthroughs at the last step and never before', async () => {
    for (const split of suite.splits) {
      for (const [i, task] of suite.tasks(split).entries()) {
        if (!full && i % (split === 'train' ? 20 : 4) !== 0) continue;
        const { stored } = await suite.load(task);
        const environment = suite.create();
        await environment.reset(task);
        for (const [k, command] of stored.walkthrough!.entries()) {
          const { success } = (await environment.step(command)) as StepResult;
          expect(success, `${task.id} step ${k + 1}`).toBe(k === stored.walkthrough!.length - 1);
        }
      }
    }
  });

  it('are solved by an explorer that sees only texts', async () => {
    const sample = suite.tasks('valid_unseen').filter((_, i) => full || i % 3 === 0);
    let solved = 0;
    for (const task of sample) {
      const environment = suite.create({ maxSteps: 50 });
      const expert = suite.expert(task, 'explore');
      let turn: Turn | StepResult = await environment.reset(task);
      do turn = await environment.step(expert.act(turn));
      while (!('done' in turn && turn.done));
      if ((turn as StepResult).success) solved++;
    }
    expect(solved / sample.length).toBeGreaterThanOrEqual(0.97);
  });

  it('know where one stands: no command leads to the place one is at, nor to another at the same spot', async () => {
    const environment = suite.create();
    const turn = await environment.reset(suite.tasks('valid_seen')[0]);
    const command = turn.admissible.find((c) => c.startsWith('go to '))!;
    const result = (await environment.step(command)) as StepResult;
    expect(result.admissible).not.toContain(command);
    expect(((await environment.step(command)) as StepResult).observation).toBe('Nothing happens.');
    const look = ((await environment.step('look')) as StepResult).observation;
    for (const [, place] of look.matchAll(/(?:the|and) (\w+ \d+)/g))
      expect(result.admissible).not.toContain(`go to ${place}`);
  });
});

describe.runIf(here)('where recordings say little', () => {
  let suite: AlfworldSuite;
  beforeAll(async () => {
    suite = await openAlfworld({ data: zip });
  });
  afterAll(() => suite?.close());

  it('slicing needs a held knife and the thing at the place, and can be done again', async () => {
    const id = 'train/pick_and_place_simple-Glassbottle-None-CounterTop-23/trial_T20190907_122220_401927/game.tw-pddl';
    const { game } = await suite.load(suite.find(id)!);
    const state = new GameState(game);
    const slices = (): string[] => state.admissible.filter((command) => command.startsWith('slice '));
    state.apply('go to diningtable 1');
    expect(slices()).toEqual([]);
    state.apply('take butterknife 1 from diningtable 1');
    const here = slices();
    expect(here).toContain('slice lettuce 1 with butterknife 1');
    const before = state.factTexts();
    expect(state.apply('slice lettuce 1 with butterknife 1')).toBe(true);
    expect(state.observation).toBe('You sliced the lettuce 1 with the butterknife 1.');
    expect(state.factTexts().filter((fact) => !before.includes(fact))).toEqual([
      expect.stringMatching(/^\(issliced lettuce_bar_/),
    ]);
    expect(slices()).toEqual(here);
    state.apply('go to fridge 1');
    expect(slices()).not.toContain('slice lettuce 1 with butterknife 1');
  });

  it('what was moved from one receptacle to another at the same spot is seen next to them', async () => {
    let seen = 0;
    for (const task of suite.tasks('train').filter((_, i) => i % 75 === 0)) {
      const { game } = await suite.load(task);
      for (const go of new GameState(game).admissible.filter((command) => command.startsWith('go to '))) {
        const state = new GameState(game);
        state.apply(go);
        state.apply(go.replace('go to', 'open'));
        const take = /^take (.*) from (.*)$/.exec(
          state.admissible.find((command) => command.startsWith('take ')) ?? '',
        );
        if (take === null) continue;
        const [command, thing, from] = take;
        state.apply(command);
        const move = state.admissible.find((c) => c.startsWith(`move ${thing} to `) && !c.endsWith(` ${from}`));
        if (move === undefined) continue;
        state.apply('look');
        expect(state.observation).toMatch(/^You are facing the .*, and .*\. Next to it, you see nothing\.$/);
        state.apply(move);
        state.apply('look');
        expect(state.observation).toMatch(
          new RegExp(`^You are facing the .*, and .*\\. Next to it, you see a ${thing}\\.$`),
        );
        seen++;
      }
    }
    expect(seen).toBeGreaterThan(3);
  });
});

describe.runIf(here)('the older wording', () => {
  it('of 2.1.0 is played as it is written: places by number, "put … in/on …", no help', async () => {
    const suite = await openAlfworld({ data: zip });
    const folder = await mkdtemp(join(tmpdir(), 'turnwise-older-'));
    const sample = suite.tasks('valid_unseen').filter((_, i) => i % 20 === 0);
    for (const task of sample) {
      const { stored } = await suite.load(task);
      const grammar = stored.grammar
        .replaceAll('move {o} to {r}', 'put {o} in/on {r}')
        .replaceAll('You move the {o.name} to the {r.name}.', 'You put the {o.name} in/on the {r.name}.')
        .replaceAll('You arrive at {r.name}.', 'You arrive at {lend.name}.')
        .replace(/action help \{[^}]*\}/, '');
      const file = join(folder, task.id);
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, JSON.stringify({ ...stored, grammar }));
      const older = await openAlfworld({ data: folder });
      const environment = older.create();
      const first = await environment.reset(older.find(`json_2.1.1/${task.id}`)!);
      expect(first.admissible).not.toContain('help');
      for (const [i, move] of stored.walkthrough!.entries()) {
        const command = move.replace(/^move (.*) to (.*)$/, 'put $1 in/on $2');
        const result = (await environment.step(command)) as StepResult;
        if (command.startsWith('go to')) expect(result.observation).toMatch(/^You arrive at loc \d+\. /);
        if (command.startsWith('put')) {
          const [, thing, place] = /^put (.*) in\/on (.*)$/.exec(command)!;
          expect(result.observation).toBe(`You put the ${thing} in/on the ${place}.`);
        }
        expect(result.success).toBe(i === stored.walkthrough!.length - 1);
      }
      older.close();
    }
    const inspection = await (await openAlfworld({ data: folder })).inspect();
    expect(inspection.version).toContain('wording of 2.1.0 and 2.1.1');
    suite.close();
    await rm(folder, { recursive: true });
  });
});

describe.runIf(here)('shuffled names', () => {
  it('number the things of training games anew, the same for one seed, and leave the games as they are', async () => {
    const [plain, one, again, two] = await Promise.all(
      [undefined, 1, 1, 2].map((shuffleNames) =>
        openAlfworld({ data: zip, ...(shuffleNames === undefined ? {} : { shuffleNames }) }),
      ),
    );
    const names = async (suite: AlfworldSuite, id: string) => (await suite.load(suite.find(id)!)).game.names;
    let changed = 0;
    for (const task of plain.tasks('train').filter((_, i) => i % 600 === 0)) {
      const official = await names(plain, task.id);
      const shuffled = await names(one, task.id);
      expect(await names(again, task.id)).toEqual(shuffled);
      expect([...shuffled].sort()).toEqual([...official].sort());
      if (shuffled.join() !== official.join() && (await names(two, task.id)).join() !== shuffled.join()) changed++;
      // The stored solution comes in the new names.
      const expert = one.expert(one.find(task.id)!, 'plan');
      const environment = one.create();
      let turn: Turn | StepResult = await environment.reset(one.find(task.id)!);
      for (let i = 0; i < 20 && !('success' in turn && turn.success); i++)
        turn = await environment.step(expert.act(turn));
      expect((turn as StepResult).success).toBe(true);
    }
    expect(changed).toBeGreaterThan(3);
    const held = plain.tasks('valid_seen')[0].id;
    expect(await names(one, held)).toEqual(await names(plain, held));
    for (const suite of [plain, one, again, two]) suite.close();
  });
});

describe.runIf(here)('an inspection', () => {
  it('finds what is broken, and says of what is not that it is as released', async () => {
    const suite = await openAlfworld({ data: zip });
    const folder = await mkdtemp(join(tmpdir(), 'turnwise-inspected-'));
    const tasks = suite.tasks('valid_seen').slice(0, 5);
    const put = async (id: string, content: object | string): Promise<void> => {
      await mkdir(dirname(join(folder, id)), { recursive: true });
      await writeFile(join(folder, id), typeof content === 'string' ? content : JSON.stringify(content));
    };
    const games = await Promise.all(tasks.map(async (task) => (await suite.load(task)).stored));
    await put(tasks[0].id, games[0]);
    await put(tasks[1].id, '{');
    await put(tasks[2].id, { ...games[2], walkthrough: games[2].walkthrough!.slice(0, -1) });
    await put(tasks[3].id, { ...games[3], solvable: false, walkthrough: ['fly'] });
    await put(tasks[4].id, { ...games[4], pddl_problem: games[4].pddl_problem.slice(0, 500) });
    const { version, facts, problems } = await (await openAlfworld({ data: folder })).inspect();
    expect(version).toBe('2.1.3 (json_2.1.3_tw-pddl)');
    expect(Object.fromEntries(facts)['digest of valid_seen']).toContain('NOT as released');
    expect(problems.map(({ where, problem }) => [where, problem.replace(/\(.*\)/, '(…)')])).toEqual([
      [tasks[1].id, 'it is not JSON (…)'],
      [tasks[2].id, 'its walkthrough does not win it'],
      [tasks[3].id, 'it is marked as not solvable'],
      [tasks[3].id, 'command 1 of its walkthrough, "fly", cannot be done'],
      [tasks[4].id, expect.stringMatching(/^problem, line \d+: /)],
    ]);
    suite.close();
    await rm(folder, { recursive: true });
  });
});

describe('names', () => {
  it('count down in the order of the ids', () => {
    const ids = ['agent1', 'cabinet_bar_1', 'cabinet_bar_2', 'sink_bar_1', 'sink_bar_1_bar_sinkbasin'];
    expect([...alfworldNames(ids)]).toEqual([
      ['agent1', 'agent1 '],
      ['cabinet_bar_1', 'cabinet 2'],
      ['cabinet_bar_2', 'cabinet 1'],
      ['sink_bar_1', 'sink 1'],
      ['sink_bar_1_bar_sinkbasin', 'sinkbasin 1'],
    ]);
  });
});

describe('bad data', () => {
  let folder = '';

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'turnwise-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  async function refusal(work: () => Promise<unknown>): Promise<Error> {
    try {
      await work();
    } catch (error) {
      expect(error).toBeInstanceOf(AlfworldDataError);
      return error as Error;
    }
    throw new Error('it was accepted');
  }

  it('is named: missing, no zip, cut off, empty', async () => {
    expect((await refusal(() => openAlfworld({ data: join(folder, 'none.zip') }))).message).toMatch(
      /none\.zip: there is no such file/,
    );
    await writeFile(join(folder, 'text.zip'), 'not a zip at all');
    expect((await refusal(() => openAlfworld({ data: join(folder, 'text.zip') }))).message).toMatch(
      /cannot be read as a zip/,
    );
    await mkdir(join(folder, 'empty'));
    expect((await refusal(() => openAlfworld({ data: join(folder, 'empty') }))).message).toMatch(/no game\.tw-pddl/);
    if (here) {
      await writeFile(join(folder, 'cut.zip'), readFileSync(zip).subarray(0, 1 << 20));
      expect((await refusal(() => openAlfworld({ data: join(folder, 'cut.zip') }))).message).toMatch(
        /cut\.zip: it cannot be read as a zip/,
      );
    }
  });

  it('is named when a single game is broken', async () => {
    const id = 'train/pick_and_place_simple-X/trial_1/game.tw-pddl';
    const file = join(folder, 'unpacked', 'json_2.1.1', id);
    await mkdir(dirname(file), { recursive: true });
    const texts = {
      pddl_domain: '(define (domain d))',
      grammar: 'grammar :: """{"intro": [{"rhs": "hello"}]}""";',
      pddl_problem: '(define (problem p) (:goal (and)))',
    };
    const attempt = async (content: string): Promise<Error> => {
      await writeFile(file, content);
      const suite = await openAlfworld({ data: join(folder, 'unpacked') });
      expect(suite.tasks('train').map((t) => t.id)).toEqual([id]);
      return refusal(async () => suite.create().reset(suite.tasks('train')[0]));
    };
    expect((await attempt('{')).message).toMatch(/game\.tw-pddl: it is not JSON/);
    expect((await attempt('{}')).message).toMatch(/no text pddl_domain/);
    expect((await attempt(JSON.stringify({ ...texts, pddl_domain: '(define (domain' }))).message).toMatch(
      /domain, line 1: 2 parentheses are never closed/,
    );
    expect((await attempt(JSON.stringify({ ...texts, grammar: 'grammar :: """{""";' }))).message).toMatch(
      /grammar, line 1: a grammar block is not JSON/,
    );
    expect((await attempt(JSON.stringify({ ...texts, pddl_problem: '(define (problem p))' }))).message).toMatch(
      /problem: there is no :goal/,
    );
    await writeFile(file, JSON.stringify({ ...texts, grammar: 'grammar :: """{"intro": [{"rhs": "{x.name}"}]}""";' }));
    const untold = await openAlfworld({ data: join(folder, 'unpacked') });
    await expect(untold.create().reset(untold.tasks('train')[0])).rejects.toThrow(
      `${id}: grammar: a text asks for x.name, but nothing is called x there`,
    );
    await writeFile(file, JSON.stringify(texts));
    const suite = await openAlfworld({ data: join(folder, 'unpacked') });
    expect((await suite.create().reset(suite.tasks('train')[0])).observation).toBe('hello');
  });
});
