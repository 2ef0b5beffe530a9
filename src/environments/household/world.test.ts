import { describe, expect, it } from 'vitest';
import { DIFFICULTIES, LEVELS } from './difficulty.ts';
import { LAMP, LAMP_PLACES, PLACE_KINDS, preposition, THING_KINDS } from './kinds.ts';
import { FAMILIES, PHRASINGS, parseTaskSentence, taskSentence, type Wish } from './sentences.ts';
import { UnknownTaskError } from './unknown-task.ts';
import { familyOf, generateWorld, layout, parseTaskId, SPLIT_SIZES, SPLITS, splitOf, taskId } from './world.ts';

describe('task ids', () => {
  it('round-trip', () => {
    const name = { split: 'train', difficulty: 'easy', index: 123 } as const;
    expect(taskId(name)).toBe('train/easy/000123');
    expect(parseTaskId(taskId(name))).toEqual(name);
  });

  it.each(['', 'train/easy/123', 'train/easy/020000', 'test/easy/000240', 'dev/easy/000001', 'train/simple/000001'])(
    'refuses %j',
    (id) => expect(() => parseTaskId(id)).toThrow(UnknownTaskError),
  );
});

describe('worlds', () => {
  const names = SPLITS.flatMap((split) =>
    DIFFICULTIES.flatMap((difficulty) =>
      Array.from({ length: Math.min(SPLIT_SIZES[split], 240) }, (_, index) => ({ split, difficulty, index })),
    ),
  );
  const worlds = names.map((name) => ({ name, world: generateWorld(name) }));

  it('are decided by their id', () => {
    for (const { name, world } of worlds.slice(0, 60)) expect(generateWorld(name)).toEqual(world);
  });

  it('keep every layout in one split', () => {
    const home = new Map<string, string>();
    for (const { name, world } of worlds) {
      const key = layout(world);
      expect(home.get(key) ?? name.split).toBe(name.split);
      home.set(key, name.split);
      expect(splitOf(world)).toBe(name.split);
    }
    expect(home.size).toBeGreaterThan(worlds.length * 0.95);
  });

  it('have layouts that ignore numbers and the order of things', () => {
    const { world } = worlds[0];
    const renamed = {
      ...world,
      places: world.places.map((place) => ({ ...place, name: `${place.kind.name} 9` })),
      things: [...world.things].reverse(),
    };
    expect(layout(renamed)).toBe(layout(world));
  });

  it('are as large as their difficulty says', () => {
    for (const { name, world } of worlds) {
      const [least, most] = LEVELS[name.difficulty].places;
      expect(world.places.length).toBeGreaterThanOrEqual(least);
      expect(world.places.length).toBeLessThanOrEqual(most);
    }
  });

  it('put things only where such things go', () => {
    for (const { world } of worlds) {
      for (const thing of world.things) {
        const { kind } = world.places[thing.place];
        if (thing.kind) expect(kind.takes).toContain(thing.kind.class);
        else expect(LAMP_PLACES).toContain(kind.name);
      }
      expect(new Set(world.things.map((thing) => thing.name)).size).toBe(world.things.length);
      expect(new Set(world.places.map((place) => place.name)).size).toBe(world.places.length);
      for (const { name } of [...world.things, ...world.places]) expect(name).toMatch(/^[a-z]+ [1-9]$/);
    }
  });

  it('cycle through the families, and use every kind of place and thing', () => {
    for (const { name, world } of worlds) expect(world.goal.family).toBe(familyOf(name.index));
    const things = new Set(worlds.flatMap(({ world }) => world.things.map((thing) => thing.kind?.name ?? LAMP)));
    const places = new Set(worlds.flatMap(({ world }) => world.places.map((place) => place.kind.name)));
    expect([...things].sort()).toEqual([...THING_KINDS.map((kind) => kind.name), LAMP].sort());
    expect([...places].sort()).toEqual(PLACE_KINDS.map((kind) => kind.name));
  });
});

describe('task sentences', () => {
  it('say what the task is, in a way that can be read back', () => {
    for (const family of FAMILIES) {
      for (const thing of THING_KINDS) {
        for (const place of PLACE_KINDS) {
          const wish: Wish =
            family === 'look'
              ? { family, thing: thing.name }
              : { family, thing: thing.name, target: { preposition: preposition(place), place: place.name } };
          for (let phrasing = 0; phrasing < PHRASINGS; phrasing++) {
            expect(parseTaskSentence(taskSentence(wish, phrasing))).toEqual(wish);
          }
        }
      }
    }
  });

  it('are worded so', () => {
    const target = { preposition: 'in', place: 'box' } as const;
    const wishes = FAMILIES.map((family): Wish => ({ family, thing: 'cup', ...(family !== 'look' && { target }) }));
    expect(wishes.flatMap((wish) => [taskSentence(wish, 0), taskSentence(wish, 1)])).toEqual([
      'put a cup in a box.',
      'find a cup and put it in a box.',
      'put a clean cup in a box.',
      'wash a cup and put it in a box.',
      'put a warm cup in a box.',
      'warm a cup and put it in a box.',
      'put a cold cup in a box.',
      'chill a cup and put it in a box.',
      'put a cup and another cup in one box.',
      'find a cup and another cup and put them in one box.',
      'look at a cup under a lamp.',
      'find a cup and look at it under a lamp.',
    ]);
  });

  it('that are none are not read', () => {
    expect(parseTaskSentence('sing a song.')).toBeUndefined();
  });
});
