/** The furniture and the things of the household: names, properties, and what goes where. All names take the article "a". */

export const ROOMS = ['kitchen', 'washroom', 'bedroom', 'study'] as const;

export type Room = (typeof ROOMS)[number];

/** Things are put away by class: every kind of place takes whole classes. */
export type ThingClass = 'dish' | 'tool' | 'pan' | 'food' | 'bath' | 'paper' | 'small' | 'soft';

export interface PlaceKind {
  readonly name: string;
  /** Things go in it; otherwise on it. */
  readonly hollow: boolean;
  /** It can be closed, and is closed at first. */
  readonly openable: boolean;
  /** What one can do to a held thing there. */
  readonly treats?: 'wash' | 'warm' | 'chill';
  readonly takes: readonly ThingClass[];
  /** How many of them a room may hold: `[room, always, at most]`. */
  readonly rooms: readonly (readonly [room: Room, always: number, most: number])[];
}

export interface ThingKind {
  readonly name: string;
  readonly class: ThingClass;
  readonly rooms: readonly Room[];
}

const ALL: readonly ThingClass[] = ['dish', 'tool', 'pan', 'food', 'bath', 'paper', 'small', 'soft'];

/** Every kind of place, sorted by name. */
export const PLACE_KINDS: readonly PlaceKind[] = [
  {
    name: 'basin',
    hollow: true,
    openable: false,
    treats: 'wash',
    takes: ['dish', 'tool', 'pan', 'food', 'bath'],
    rooms: [
      ['kitchen', 1, 1],
      ['washroom', 1, 2],
    ],
  },
  {
    name: 'basket',
    hollow: true,
    openable: false,
    takes: ['food', 'bath', 'paper', 'soft'],
    rooms: [
      ['kitchen', 0, 1],
      ['washroom', 0, 2],
      ['bedroom', 0, 2],
      ['study', 0, 1],
    ],
  },
  {
    name: 'bed',
    hollow: false,
    openable: false,
    takes: ['paper', 'small', 'soft'],
    rooms: [['bedroom', 1, 2]],
  },
  {
    name: 'bench',
    hollow: false,
    openable: false,
    takes: ALL,
    rooms: [
      ['kitchen', 0, 1],
      ['washroom', 0, 1],
      ['study', 0, 2],
    ],
  },
  {
    name: 'box',
    hollow: true,
    openable: true,
    takes: ALL,
    rooms: [
      ['kitchen', 0, 2],
      ['washroom', 0, 2],
      ['bedroom', 0, 3],
      ['study', 0, 4],
    ],
  },
  {
    name: 'chest',
    hollow: true,
    openable: true,
    takes: ['paper', 'small', 'soft', 'bath'],
    rooms: [
      ['washroom', 0, 1],
      ['bedroom', 0, 2],
      ['study', 0, 2],
    ],
  },
  {
    name: 'closet',
    hollow: true,
    openable: true,
    takes: ALL,
    rooms: [
      ['washroom', 0, 2],
      ['bedroom', 0, 3],
      ['study', 0, 1],
    ],
  },
  {
    name: 'cooler',
    hollow: true,
    openable: true,
    treats: 'chill',
    takes: ['dish', 'pan', 'food'],
    rooms: [['kitchen', 1, 1]],
  },
  {
    name: 'counter',
    hollow: false,
    openable: false,
    takes: ['dish', 'tool', 'pan', 'food', 'bath', 'small'],
    rooms: [
      ['kitchen', 1, 3],
      ['washroom', 0, 2],
    ],
  },
  {
    name: 'cupboard',
    hollow: true,
    openable: true,
    takes: ['dish', 'tool', 'pan', 'food', 'bath'],
    rooms: [
      ['kitchen', 0, 5],
      ['washroom', 0, 3],
    ],
  },
  {
    name: 'desk',
    hollow: false,
    openable: false,
    takes: ['dish', 'paper', 'small'],
    rooms: [
      ['bedroom', 0, 2],
      ['study', 1, 2],
    ],
  },
  {
    name: 'drawer',
    hollow: true,
    openable: true,
    takes: ['tool', 'bath', 'paper', 'small'],
    rooms: [
      ['kitchen', 0, 4],
      ['washroom', 0, 4],
      ['bedroom', 0, 5],
      ['study', 0, 5],
    ],
  },
  {
    name: 'rack',
    hollow: false,
    openable: false,
    takes: ['dish', 'pan', 'bath', 'paper', 'soft'],
    rooms: [
      ['kitchen', 0, 2],
      ['washroom', 1, 3],
      ['bedroom', 0, 1],
      ['study', 0, 2],
    ],
  },
  {
    name: 'shelf',
    hollow: false,
    openable: false,
    takes: ALL,
    rooms: [
      ['kitchen', 0, 3],
      ['washroom', 0, 3],
      ['bedroom', 0, 3],
      ['study', 0, 5],
    ],
  },
  {
    name: 'stool',
    hollow: false,
    openable: false,
    takes: ['dish', 'bath', 'paper', 'small', 'soft'],
    rooms: [
      ['washroom', 0, 1],
      ['bedroom', 0, 2],
      ['study', 0, 2],
    ],
  },
  {
    name: 'stove',
    hollow: false,
    openable: false,
    treats: 'warm',
    takes: ['pan'],
    rooms: [['kitchen', 1, 1]],
  },
  {
    name: 'table',
    hollow: false,
    openable: false,
    takes: ['dish', 'tool', 'pan', 'food', 'paper', 'small'],
    rooms: [
      ['kitchen', 0, 2],
      ['bedroom', 0, 2],
      ['study', 0, 2],
    ],
  },
  {
    name: 'tub',
    hollow: true,
    openable: false,
    takes: ['bath'],
    rooms: [['washroom', 0, 1]],
  },
];

/** Every kind of thing that can be carried, sorted by name. */
export const THING_KINDS: readonly ThingKind[] = [
  { name: 'book', class: 'paper', rooms: ['bedroom', 'study'] },
  { name: 'bottle', class: 'bath', rooms: ['kitchen', 'washroom'] },
  { name: 'bowl', class: 'dish', rooms: ['kitchen', 'bedroom', 'study'] },
  { name: 'brush', class: 'bath', rooms: ['washroom', 'bedroom'] },
  { name: 'candle', class: 'small', rooms: ['washroom', 'bedroom', 'study'] },
  { name: 'card', class: 'paper', rooms: ['bedroom', 'study'] },
  { name: 'carrot', class: 'food', rooms: ['kitchen'] },
  { name: 'clock', class: 'small', rooms: ['bedroom', 'study'] },
  { name: 'coin', class: 'small', rooms: ['bedroom', 'study'] },
  { name: 'comb', class: 'bath', rooms: ['washroom', 'bedroom'] },
  { name: 'cup', class: 'dish', rooms: ['kitchen', 'bedroom', 'study', 'washroom'] },
  { name: 'fork', class: 'tool', rooms: ['kitchen'] },
  { name: 'jar', class: 'dish', rooms: ['kitchen', 'washroom'] },
  { name: 'key', class: 'small', rooms: ['bedroom', 'study'] },
  { name: 'knife', class: 'tool', rooms: ['kitchen'] },
  { name: 'letter', class: 'paper', rooms: ['bedroom', 'study'] },
  { name: 'loaf', class: 'food', rooms: ['kitchen'] },
  { name: 'map', class: 'paper', rooms: ['study'] },
  { name: 'pan', class: 'pan', rooms: ['kitchen'] },
  { name: 'pear', class: 'food', rooms: ['kitchen'] },
  { name: 'pen', class: 'small', rooms: ['bedroom', 'study'] },
  { name: 'phone', class: 'small', rooms: ['bedroom', 'study'] },
  { name: 'pillow', class: 'soft', rooms: ['bedroom', 'study'] },
  { name: 'plate', class: 'dish', rooms: ['kitchen'] },
  { name: 'plum', class: 'food', rooms: ['kitchen'] },
  { name: 'pot', class: 'pan', rooms: ['kitchen'] },
  { name: 'razor', class: 'bath', rooms: ['washroom'] },
  { name: 'sock', class: 'soft', rooms: ['washroom', 'bedroom'] },
  { name: 'sponge', class: 'bath', rooms: ['kitchen', 'washroom'] },
  { name: 'spoon', class: 'tool', rooms: ['kitchen'] },
  { name: 'towel', class: 'bath', rooms: ['kitchen', 'washroom'] },
  { name: 'watch', class: 'small', rooms: ['bedroom', 'study'] },
];

/** The one thing that stays where it is. */
export const LAMP = 'lamp';

/** Kinds of place that may carry a lamp. */
export const LAMP_PLACES: readonly string[] = ['desk', 'shelf', 'stool', 'table'];

const WASHABLE: ReadonlySet<ThingClass> = new Set(['dish', 'tool', 'pan', 'food', 'bath']);
const WARMABLE: ReadonlySet<ThingClass> = new Set(['dish', 'food', 'pan']);

/** Whether a kind of thing can be washed, warmed or chilled. */
export function canTreat(thing: ThingKind, treatment: 'wash' | 'warm' | 'chill'): boolean {
  return (treatment === 'wash' ? WASHABLE : WARMABLE).has(thing.class);
}

const placeByName = new Map(PLACE_KINDS.map((kind) => [kind.name, kind]));
const thingByName = new Map(THING_KINDS.map((kind) => [kind.name, kind]));

/** The kind of place with this name; the name must be one of `PLACE_KINDS`. */
export function placeKind(name: string): PlaceKind {
  const kind = placeByName.get(name);
  if (!kind) throw new RangeError(`placeKind: there is no kind of place called "${name}"`);
  return kind;
}

/** The kind of thing with this name; the name must be one of `THING_KINDS`. */
export function thingKind(name: string): ThingKind {
  const kind = thingByName.get(name);
  if (!kind) throw new RangeError(`thingKind: there is no kind of thing called "${name}"`);
  return kind;
}

/** `in` or `on`. */
export function preposition(kind: PlaceKind): 'in' | 'on' {
  return kind.hollow ? 'in' : 'on';
}
