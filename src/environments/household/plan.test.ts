import { describe, expect, it } from 'vitest';
import { DIFFICULTIES } from './difficulty.ts';
import { planWorld } from './plan.ts';
import { generateWorld, TREATMENTS, type World } from './world.ts';

/**
 * The length of a shortest solution by breadth-first search over the rules, written down a second time for the things
 * that matter: where one is, what is open, where the wanted things are (-1: held) and whether they are treated.
 */
function shortest(world: World): number {
  const { goal, places } = world;
  const wanted = world.things.filter((thing) => thing.kind === goal.thing);
  const lampAt = world.things.find((thing) => !thing.kind)?.place;
  const treatment = TREATMENTS[goal.family];
  interface State {
    at: number;
    open: boolean[];
    where: number[];
    treated: boolean[];
    lit: boolean;
  }
  const solved = (s: State) => {
    const there = s.where.filter((p, i) => p >= 0 && places[p].kind === goal.place && (!treatment || s.treated[i]));
    if (goal.family === 'look') return s.lit && s.at === lampAt && s.where.includes(-1);
    return goal.family === 'two' ? new Set(there).size < there.length : there.length > 0;
  };
  const start: State = {
    at: -1,
    open: places.map((place) => !place.kind.openable),
    where: wanted.map((thing) => thing.place),
    treated: wanted.map(() => false),
    lit: false,
  };
  const seen = new Set([JSON.stringify(start)]);
  let frontier = [start];
  for (let depth = 0; frontier.length > 0; depth++) {
    if (frontier.some(solved)) return depth;
    const next: State[] = [];
    const visit = (state: State) => {
      const key = JSON.stringify(state);
      if (!seen.has(key)) next.push(state);
      seen.add(key);
    };
    for (const s of frontier) {
      places.forEach((_, at) => {
        visit({ ...s, at });
      });
      if (s.at < 0) continue;
      if (!s.open[s.at]) visit({ ...s, open: s.open.with(s.at, true) });
      if (s.at === lampAt) visit({ ...s, lit: true });
      const held = s.where.indexOf(-1);
      if (held >= 0 && treatment && places[s.at].kind.treats === treatment) {
        visit({ ...s, treated: s.treated.with(held, true) });
      }
      if (!s.open[s.at]) continue;
      if (held >= 0 && places[s.at].kind.takes.includes(goal.thing.class)) {
        visit({ ...s, where: s.where.with(held, s.at) });
      }
      if (held < 0) s.where.forEach((p, i) => p === s.at && visit({ ...s, where: s.where.with(i, -1) }));
    }
    frontier = next;
  }
  return Number.POSITIVE_INFINITY;
}

describe('planWorld', () => {
  it('is as short as any solution can be', () => {
    for (const difficulty of DIFFICULTIES.slice(0, 2)) {
      for (let index = 0; index < 18; index++) {
        const world = generateWorld({ split: 'train', difficulty, index });
        expect(planWorld(world).length, `train/${difficulty}/${index}`).toBe(shortest(world));
      }
    }
  });
});
