/** The shortest solution of a world, for one who knows where everything is. */

import { preposition } from './kinds.ts';
import { type Place, type Thing, TREATMENTS, type World } from './world.ts';

/** Commands that solve the world from its start: a shortest such list, always the same one. */
export function planWorld(world: World): string[] {
  const { goal, places } = world;
  const wanted = world.things.filter((thing) => thing.kind === goal.thing);
  const treatment = TREATMENTS[goal.family];
  const plans: string[][] = [];
  if (goal.family === 'look') {
    const lamp = world.things.find((thing) => !thing.kind)!;
    for (const thing of wanted) {
      plans.push(new Walk(places).take(thing).go(places[lamp.place]).say(`switch on ${lamp.name}`).commands);
    }
  }
  for (const target of places.filter((place) => place.kind === goal.place)) {
    for (const thing of wanted) {
      if (goal.family === 'two') {
        for (const other of wanted) {
          if (other !== thing) plans.push(new Walk(places).bring(thing, target).bring(other, target).commands);
        }
      } else if (treatment) {
        for (const device of places.filter((place) => place.kind.treats === treatment)) {
          const walk = new Walk(places).take(thing).go(device).say(`${treatment} ${thing.name} at ${device.name}`);
          plans.push(walk.put(thing, target).commands);
        }
      } else {
        plans.push(new Walk(places).bring(thing, target).commands);
      }
    }
  }
  return plans.reduce((best, plan) => (plan.length < best.length ? plan : best));
}

/** Commands in the making: remembers where one stands and what is open. */
class Walk {
  readonly commands: string[] = [];
  private readonly places: readonly Place[];
  private readonly opened = new Set<Place>();
  private at: Place | undefined;

  constructor(places: readonly Place[]) {
    this.places = places;
  }

  say(command: string): this {
    this.commands.push(command);
    return this;
  }

  go(place: Place): this {
    if (this.at !== place) this.say(`go to ${place.name}`);
    this.at = place;
    return this;
  }

  take(thing: Thing): this {
    const place = this.places[thing.place];
    return this.go(place).open(place).say(`take ${thing.name} from ${place.name}`);
  }

  put(thing: Thing, place: Place): this {
    return this.go(place)
      .open(place)
      .say(`put ${thing.name} ${preposition(place.kind)} ${place.name}`);
  }

  /** Takes the thing to the place, unless it is there. */
  bring(thing: Thing, place: Place): this {
    return this.places[thing.place] === place ? this : this.take(thing).put(thing, place);
  }

  private open(place: Place): this {
    if (place.kind.openable && !this.opened.has(place)) {
      this.opened.add(place);
      this.say(`open ${place.name}`);
    }
    return this;
  }
}
