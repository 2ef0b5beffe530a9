/** A world as a planning problem: objects, facts and goal in the words of `HOUSEHOLD_DOMAIN`. */

import { canTreat, type PlaceKind, type ThingKind } from './kinds.ts';
import { type Goal, TREATMENTS, type World } from './world.ts';

/** Where the agent stands before it goes anywhere. */
const MIDDLE = 'middle';

const AGENT = 'agent';

const STATES = { wash: 'clean', warm: 'warm', chill: 'cold' } as const;

const PROPERTIES = { wash: 'washable', warm: 'warmable', chill: 'chillable' } as const;

const POWERS = { wash: 'washer', warm: 'warmer', chill: 'chiller' } as const;

/** `shelf 2` as an id, `shelf_2`. Ids sort as the names do, because numbers stay below 10. */
function idOf(name: string): string {
  return name.replace(' ', '_');
}

/** What the ids of a problem are called: `shelf_2` is `shelf 2`. */
export function householdNames(ids: readonly string[]): ReadonlyMap<string, string> {
  return new Map(ids.map((id) => [id, id.replace('_', ' ')]));
}

/** The problem as PDDL text. */
export function problemText(world: World): string {
  const objects: string[] = [`${AGENT} - agent`, `${MIDDLE} - place`];
  const facts: string[] = [`at ${AGENT} ${MIDDLE}`, `awake ${AGENT}`, `free ${AGENT}`, `${world.room} ${AGENT}`];
  const placeKinds = new Set<PlaceKind>();
  const thingKinds = new Set<ThingKind>();

  for (const { name, kind } of world.places) {
    const id = idOf(name);
    objects.push(`${id} - place`);
    placeKinds.add(kind);
    facts.push(`furniture ${id}`, `sort ${id} ${placeKindId(kind)}`);
    if (kind.openable) facts.push(`openable ${id}`);
    if (kind.hollow) facts.push(`hollow ${id}`);
    if (kind.treats) facts.push(`${POWERS[kind.treats]} ${id}`);
  }
  for (const { name, kind, place } of world.things) {
    const id = idOf(name);
    objects.push(`${id} - thing`);
    facts.push(`in ${id} ${idOf(world.places[place].name)}`);
    if (!kind) {
      facts.push(`lamp ${id}`);
      continue;
    }
    thingKinds.add(kind);
    facts.push(`movable ${id}`, `kind ${id} ${thingKindId(kind)}`);
    for (const treatment of ['wash', 'warm', 'chill'] as const) {
      if (canTreat(kind, treatment)) facts.push(`${PROPERTIES[treatment]} ${id}`);
    }
  }
  for (const place of placeKinds) {
    objects.push(`${placeKindId(place)} - placekind`);
    for (const thing of thingKinds) {
      if (place.takes.includes(thing.class)) facts.push(`fits ${placeKindId(place)} ${thingKindId(thing)}`);
    }
  }
  for (const thing of thingKinds) objects.push(`${thingKindId(thing)} - thingkind`);
  return `(define (problem room)
 (:domain household)
 (:objects
  ${objects.join('\n  ')})
 (:init
  (${facts.join(')\n  (')}))
 (:goal ${goalText(world.goal)}))
`;
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
