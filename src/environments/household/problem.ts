/** A world as a planning problem: objects, facts and goal in the words of `HOUSEHOLD_DOMAIN`. */

import { canTreat, type PlaceKind, type ThingKind } from './kinds.ts';
import { type Goal, TREATMENTS, type World } from './world.ts';

/** A ground fact: a predicate and the ids of its arguments. */
export type Fact = readonly string[];

/** Where the agent stands before it goes anywhere. */
const MIDDLE = 'middle';

const AGENT = 'agent1';

const STATES = { wash: 'clean', warm: 'warm', chill: 'cold' } as const;

const PROPERTIES = { wash: 'washable', warm: 'warmable', chill: 'chillable' } as const;

const POWERS = { wash: 'washer', warm: 'warmer', chill: 'chiller' } as const;

/** Objects by type, and the facts that hold at the start. */
export interface Problem {
  readonly objects: readonly { readonly id: string; readonly type: string; readonly name: string }[];
  readonly init: readonly Fact[];
  /** The goal as PDDL text. */
  readonly goal: string;
}

/** `shelf 2` as an id that sorts by kind and number: `shelf_2`. Numbers stay below 10. */
export function idOf(name: string): string {
  return name.replace(' ', '_');
}

export function problemOf(world: World): Problem {
  const objects = [
    { id: AGENT, type: 'agent', name: AGENT },
    { id: MIDDLE, type: 'place', name: MIDDLE },
  ];
  const init: Fact[] = [
    ['at', AGENT, MIDDLE],
    ['awake', AGENT],
    ['free', AGENT],
    [world.room, AGENT],
  ];
  const placeKinds = new Set<PlaceKind>();
  const thingKinds = new Set<ThingKind>([world.goal.thing]);
  if (world.goal.place) placeKinds.add(world.goal.place);

  for (const place of world.places) {
    const id = idOf(place.name);
    const { kind } = place;
    objects.push({ id, type: 'place', name: place.name });
    placeKinds.add(kind);
    init.push(['furniture', id], ['sort', id, placeKindId(kind)]);
    if (kind.openable) init.push(['openable', id]);
    if (kind.hollow) init.push(['hollow', id]);
    if (kind.treats) init.push([POWERS[kind.treats], id]);
  }
  for (const thing of world.things) {
    const id = idOf(thing.name);
    objects.push({ id, type: 'thing', name: thing.name });
    init.push(['in', id, idOf(world.places[thing.place].name)]);
    const { kind } = thing;
    if (!kind) {
      init.push(['lamp', id]);
      continue;
    }
    thingKinds.add(kind);
    init.push(['movable', id], ['kind', id, thingKindId(kind)]);
    for (const treatment of ['wash', 'warm', 'chill'] as const) {
      if (canTreat(kind, treatment)) init.push([PROPERTIES[treatment], id]);
    }
  }
  for (const place of placeKinds) {
    objects.push({ id: placeKindId(place), type: 'placekind', name: place.name });
    for (const thing of thingKinds) {
      if (place.takes.includes(thing.class)) init.push(['fits', placeKindId(place), thingKindId(thing)]);
    }
  }
  for (const thing of thingKinds) objects.push({ id: thingKindId(thing), type: 'thingkind', name: thing.name });
  return { objects, init, goal: goalText(world.goal) };
}

/** The problem as PDDL text. */
export function problemText(problem: Problem): string {
  const objects = problem.objects.map(({ id, type }) => `  ${id} - ${type}`).join('\n');
  const init = problem.init.map((fact) => `  (${fact.join(' ')})`).join('\n');
  return `(define (problem room)\n (:domain household)\n (:objects\n${objects})\n (:init\n${init})\n (:goal ${problem.goal}))\n`;
}

/** One shape per family. */
function goalText(goal: Goal): string {
  const thing = thingKindId(goal.thing);
  if (!goal.place) {
    return `(exists (?a - agent ?o - thing ?t - thing ?p - place)
  (and (holds ?a ?o) (kind ?o ${thing}) (at ?a ?p) (in ?t ?p) (lamp ?t) (lit ?t)))`;
  }
  const place = placeKindId(goal.place);
  if (goal.family === 'two') {
    return `(exists (?p - place ?o - thing ?t - thing)
  (and (sort ?p ${place}) (in ?o ?p) (kind ?o ${thing}) (in ?t ?p) (kind ?t ${thing}) (not (= ?o ?t))))`;
  }
  const treatment = TREATMENTS[goal.family];
  const state = treatment ? ` (${STATES[treatment]} ?o)` : '';
  return `(exists (?p - place ?o - thing) (and (sort ?p ${place}) (in ?o ?p) (kind ?o ${thing})${state}))`;
}

function placeKindId(kind: PlaceKind): string {
  return `sort_${kind.name}`;
}

function thingKindId(kind: ThingKind): string {
  return `kind_${kind.name}`;
}
