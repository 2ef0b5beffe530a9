import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { Random } from '../text/random.ts';
import { openAlfworld } from './alfworld/index.ts';
import { alfworldNames } from './alfworld/names.ts';
import { HOUSEHOLD_DOMAIN, householdGrammar } from './household/domain.ts';
import { householdNames, problemText } from './household/problem.ts';
import { generateWorld } from './household/world.ts';
import { Game, GameState, type GameTexts } from './textgame/index.ts';
import { SlowGame } from './textgame/slow-game.test-support.ts';

const zip = fileURLToPath(new URL('../../../shared/data/alfworld/json_2.1.3_tw-pddl.zip', import.meta.url));
const here = existsSync(zip);
if (!here) console.log(`skipped: comparing ALFWorld with the slow reading of its rules; there is no ${zip}`);
/** Hundreds of games with TURNWISE_FULL=1. */
const full = process.env['TURNWISE_FULL'] === '1';

/** Plays one game in both ways at random, with some commands that cannot be done. */
function compare(
  texts: GameTexts,
  names: (ids: readonly string[]) => ReadonlyMap<string, string>,
  steps: number,
  seed: number,
): void {
  const fast = new GameState(new Game({ ...texts, names }));
  const slow = new SlowGame(texts, names(fast.game.ids));
  const random = Random.of(seed, 'oracle');
  expect(slow.observation).toBe(fast.observation);
  for (let step = 0; step < steps; step++) {
    const commands = slow.commands();
    expect(fast.admissible).toEqual([...commands.keys()].sort());
    // Commands that change things are rarer than walks, and more telling.
    const telling = fast.admissible.filter((command) => !/^(go|examine|help|look|inventory)/.test(command));
    const command =
      random.next() < 0.1
        ? 'go to the moon'
        : random.pick(telling.length > 0 && random.next() < 0.6 ? telling : fast.admissible);
    fast.apply(command);
    slow.apply(command, commands);
    expect(fast.observation, command).toBe(slow.observation);
    expect(fast.factTexts()).toEqual(slow.factTexts());
    expect(fast.won).toBe(slow.won);
  }
}

describe('a direct reading of the rules agrees on observations, commands and facts', () => {
  it('of the household', { timeout: 600_000 }, () => {
    for (let index = 0; index < (full ? 400 : 20); index++) {
      const world = generateWorld({ split: 'train', difficulty: index % 2 === 0 ? 'easy' : 'medium', index });
      const texts = {
        domain: HOUSEHOLD_DOMAIN,
        grammar: householdGrammar(world.sentence),
        problem: problemText(world),
      };
      compare(texts, householdNames, full ? 30 : 10, index);
    }
  });

  it.runIf(here)('of ALFWorld', { timeout: 3_600_000 }, async () => {
    const suite = await openAlfworld({ data: zip });
    const tasks = suite.tasks('train');
    const games = full ? 400 : 12;
    for (let i = 0; i < games; i++) {
      const { stored } = await suite.load(tasks[Math.floor(((i + 0.5) * tasks.length) / games)]);
      const texts = { domain: stored.pddl_domain, grammar: stored.grammar, problem: stored.pddl_problem };
      compare(texts, (ids) => alfworldNames(ids), full ? 30 : 10, i);
    }
    suite.close();
  });
});
