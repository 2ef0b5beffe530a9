/**
 * The generator: a task id decides a room, what stands and lies in it, and what is to be done.
 *
 * A world's layout alone, names and task left out, decides which split it may serve: a draw whose layout belongs to
 * another split is thrown away. No layout of one split can therefore appear in another.
 */

import { hash32, Random } from '../../text/random.ts';
import { DIFFICULTIES, type Difficulty, LEVELS } from './difficulty.ts';
import {
  canTreat,
  LAMP,
  LAMP_PLACES,
  PLACE_KINDS,
  type PlaceKind,
  preposition,
  type Room,
  THING_KINDS,
  type ThingKind,
} from './kinds.ts';
import { FAMILIES, type Family, PHRASINGS, taskSentence } from './sentences.ts';
import { UnknownTaskError } from './unknown-task.ts';

export const SPLITS = ['train', 'valid', 'test'] as const;

export type Split = (typeof SPLITS)[number];

/** Number of tasks of each split at each difficulty. */
export const SPLIT_SIZES: Readonly<Record<Split, number>> = { train: 20_000, valid: 240, test: 240 };

export interface Place {
  /** `shelf 2` */
  readonly name: string;
  readonly kind: PlaceKind;
}

export interface Thing {
  /** `cup 1` */
  readonly name: string;
  /** Absent for a lamp, which cannot be moved. */
  readonly kind?: ThingKind;
  /** Index into `World.places`. */
  readonly place: number;
}

export interface Goal {
  readonly family: Family;
  /** The kind of thing the task is about. */
  readonly thing: ThingKind;
  /** The kind of place it is to be brought to; absent for `look`. */
  readonly place?: PlaceKind;
}

export interface World {
  readonly room: Room;
  readonly places: readonly Place[];
  readonly things: readonly Thing[];
  readonly goal: Goal;
  /** `put a clean cup on a shelf.` */
  readonly sentence: string;
}

/** The parts of a task id. */
export interface TaskName {
  readonly split: Split;
  readonly difficulty: Difficulty;
  readonly index: number;
}

/** What must be done to the thing before it is put down. */
export const TREATMENTS: Readonly<Partial<Record<Family, 'wash' | 'warm' | 'chill'>>> = {
  clean: 'wash',
  heat: 'warm',
  cool: 'chill',
};

const FAMILY_ROOMS: Readonly<Record<Family, readonly Room[]>> = {
  pick: ['kitchen', 'washroom', 'bedroom', 'study'],
  two: ['kitchen', 'washroom', 'bedroom', 'study'],
  clean: ['kitchen', 'washroom'],
  heat: ['kitchen'],
  cool: ['kitchen'],
  look: ['bedroom', 'study'],
};

/** At most this many things of one kind, so that numbers stay small. */
const MOST_OF_A_KIND = 3;

/** `train/easy/000123` */
export function taskId(name: TaskName): string {
  return `${name.split}/${name.difficulty}/${String(name.index).padStart(6, '0')}`;
}

/** Reads a task id. @throws UnknownTaskError when the text is not the id of a task */
export function parseTaskId(id: string): TaskName {
  const match = /^([a-z]+)\/([a-z]+)\/(\d{6})$/.exec(id);
  const split = SPLITS.find((s) => s === match?.[1]);
  const difficulty = DIFFICULTIES.find((d) => d === match?.[2]);
  if (!match || !split || !difficulty || Number(match[3]) >= SPLIT_SIZES[split]) throw new UnknownTaskError(id);
  return { split, difficulty, index: Number(match[3]) };
}

/** The family of the task with this index: indices cycle through the families, so that every split has equal shares. */
export function familyOf(index: number): Family {
  return FAMILIES[index % FAMILIES.length];
}

/** The world of a task; equal ids give equal worlds. */
export function generateWorld(name: TaskName): World {
  for (let attempt = 0; ; attempt++) {
    const random = Random.of(0, `household/${name.split}/${name.difficulty}`, name.index, attempt);
    const world = draw(familyOf(name.index), name.difficulty, random);
    if (world && splitOf(world) === name.split) return world;
  }
}

/**
 * What makes two worlds the same room: for every place its kind and the kinds of things in it, in sorted order.
 * Numbers, the task and its phrasing are left out.
 */
export function layout(world: World): string {
  const contents: string[][] = world.places.map(() => []);
  for (const thing of world.things) contents[thing.place].push(thing.kind?.name ?? LAMP);
  const rows = world.places.map((place, i) => `${place.kind.name}:${contents[i].sort().join(',')}`);
  return `${world.room};${rows.sort().join(';')}`;
}

/** The split that a world's layout belongs to: six of eight layouts train, one each validate and test. */
export function splitOf(world: World): Split {
  const bucket = hash32(layout(world)) % 8;
  return bucket === 7 ? 'test' : bucket === 6 ? 'valid' : 'train';
}

/** Draws a world; undefined when the draw came out impossible or already solved. */
function draw(family: Family, difficulty: Difficulty, random: Random): World | undefined {
  const level = LEVELS[difficulty];
  const room = random.pick(FAMILY_ROOMS[family]);
  const goal = drawGoal(family, room, random);
  const kinds = drawPlaces(room, goal, between(level.places, random), level.closable, random);
  if (!kinds) return undefined;
  const places = numbered(kinds.map((kind) => kind.name)).map((name, i) => ({ name, kind: kinds[i] }));

  const things: { kind?: ThingKind; place: number }[] = [];
  const wanted = (family === 'two' ? 2 : 1) + random.below(level.spare + 1);
  for (let i = 0; i < wanted; i++) {
    const place = drawWantedPlace(goal, places, level.decoy, level.hidden, random);
    if (place === undefined) return undefined;
    things.push({ kind: goal.thing, place });
  }
  if (solved(goal, places, things)) return undefined;
  if (family === 'look') {
    things.push({ place: random.pick(indices(places, (place) => LAMP_PLACES.includes(place.kind.name))) });
  }
  const counts = new Map<string, number>();
  const others = THING_KINDS.filter(
    (kind) => kind !== goal.thing && kind.rooms.includes(room) && places.some((place) => takes(place.kind, kind)),
  );
  for (let left = between(level.clutter, random); left > 0; left--) {
    const kind = random.pick(others);
    const count = counts.get(kind.name) ?? 0;
    if (count === MOST_OF_A_KIND) continue;
    counts.set(kind.name, count + 1);
    things.push({ kind, place: random.pick(indices(places, (place) => takes(place.kind, kind))) });
  }

  const names = numbered(things.map((thing) => thing.kind?.name ?? LAMP));
  const target = goal.place && { preposition: preposition(goal.place), place: goal.place.name };
  const sentence = taskSentence({ family, thing: goal.thing.name, target }, random.below(PHRASINGS));
  return { room, places, things: things.map((thing, i) => ({ name: names[i], ...thing })), goal, sentence };
}

function drawGoal(family: Family, room: Room, random: Random): Goal {
  const treatment = TREATMENTS[family];
  const thing = random.pick(
    THING_KINDS.filter((kind) => kind.rooms.includes(room) && (!treatment || canTreat(kind, treatment))),
  );
  if (family === 'look') return { family, thing };
  const place = random.pick(
    PLACE_KINDS.filter(
      (kind) =>
        kind.rooms.some(([name]) => name === room) && takes(kind, thing) && (!treatment || kind.treats !== treatment),
    ),
  );
  return { family, thing, place };
}

/** Kinds of the places of a room, sorted by name; undefined when the room cannot be filled under the limits. */
function drawPlaces(room: Room, goal: Goal, count: number, closable: number, random: Random): PlaceKind[] | undefined {
  const left = new Map<PlaceKind, number>();
  const places: PlaceKind[] = [];
  for (const kind of PLACE_KINDS) {
    const rule = kind.rooms.find(([name]) => name === room);
    if (!rule) continue;
    const [, always, most] = rule;
    for (let i = 0; i < always; i++) places.push(kind);
    left.set(kind, most - always);
  }
  const add = (kind: PlaceKind) => {
    places.push(kind);
    left.set(kind, left.get(kind)! - 1);
  };
  if (goal.place && !places.includes(goal.place)) add(goal.place);
  if (goal.family === 'look' && !places.some((kind) => LAMP_PLACES.includes(kind.name))) {
    add(random.pick([...left.keys()].filter((kind) => LAMP_PLACES.includes(kind.name))));
  }
  const mostClosable = Math.ceil(count * closable);
  while (places.length < count) {
    const full = places.filter((kind) => kind.openable).length >= mostClosable;
    const choices = [...left]
      .filter(([kind]) => !(full && kind.openable))
      .flatMap(([kind, more]) => Array<PlaceKind>(more).fill(kind));
    if (choices.length === 0) return undefined;
    add(random.pick(choices));
  }
  return places.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
}

/** Where a wanted thing starts: now and then where it must end, hidden with some probability, elsewhere otherwise. */
function drawWantedPlace(
  goal: Goal,
  places: readonly Place[],
  decoy: number,
  hidden: number,
  random: Random,
): number | undefined {
  const fitting = indices(places, (place) => takes(place.kind, goal.thing));
  const targets = fitting.filter((i) => places[i].kind === goal.place);
  const others = fitting.filter((i) => places[i].kind !== goal.place);
  if (targets.length > 0 && random.next() < decoy) return random.pick(targets);
  const closed = others.filter((i) => places[i].kind.openable);
  const open = others.filter((i) => !places[i].kind.openable);
  const [first, second] = random.next() < hidden ? [closed, open] : [open, closed];
  const choices = first.length > 0 ? first : second;
  return choices.length > 0 ? random.pick(choices) : undefined;
}

/** Whether the goal would hold at the start. Nothing is clean, warm, cold, held or lit then. */
function solved(goal: Goal, places: readonly Place[], things: readonly { place: number }[]): boolean {
  if (goal.family !== 'pick' && goal.family !== 'two') return false;
  const there = things.filter((thing) => places[thing.place].kind === goal.place).map((thing) => thing.place);
  return goal.family === 'pick' ? there.length > 0 : new Set(there).size < there.length;
}

function takes(place: PlaceKind, thing: ThingKind): boolean {
  return place.takes.includes(thing.class);
}

function between([low, high]: readonly [number, number], random: Random): number {
  return low + random.below(high - low + 1);
}

function indices<T>(items: readonly T[], test: (item: T) => boolean): number[] {
  const found: number[] = [];
  for (let i = 0; i < items.length; i++) if (test(items[i])) found.push(i);
  return found;
}

/** `['cup', 'pen', 'cup']` to `['cup 1', 'pen 1', 'cup 2']`. */
function numbered(names: readonly string[]): string[] {
  const counts = new Map<string, number>();
  return names.map((name) => {
    const count = (counts.get(name) ?? 0) + 1;
    counts.set(name, count);
    return `${name} ${count}`;
  });
}
