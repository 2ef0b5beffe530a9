import { describe, expect, it } from 'vitest';
import { Random } from '../../text/random.ts';
import type { StepResult, Turn } from '../environment.ts';
import { canTreat, preposition } from './kinds.ts';
import { openHousehold } from './suite.ts';
import { generateWorld, parseTaskId, type Thing, TREATMENTS, type World } from './world.ts';

/** The rules of the household written down a second time, as a program instead of a planning domain. */
class Simulation {
  readonly world: World;
  at = -1;
  held: Thing | undefined;
  open = new Set<number>();
  where = new Map<Thing, number>();
  states = new Map<Thing, Set<string>>();

  constructor(world: World) {
    this.world = world;
    for (const thing of world.things) {
      this.where.set(thing, thing.place);
      this.states.set(thing, new Set());
    }
  }

  contents(place: number): Thing[] {
    return this.world.things.filter((thing) => this.where.get(thing) === place);
  }

  /** Command to what it does, which returns the answer. */
  commands(): Map<string, () => string> {
    const { places } = this.world;
    const all = new Map<string, () => string>();
    all.set('look', () => (this.at < 0 ? this.surroundings() : this.view()));
    all.set('inventory', () => {
      if (!this.held) return 'You hold nothing.';
      const states = ['clean', 'warm', 'cold'].filter((state) => this.states.get(this.held!)!.has(state));
      return `You hold ${this.held.name}.${states.length > 0 ? ` It is ${states.join(' and ')}.` : ''}`;
    });
    places.forEach((place, i) => {
      if (i === this.at) return;
      all.set(`go to ${place.name}`, () => {
        this.at = i;
        return this.view();
      });
    });
    if (this.at < 0) return all;
    const place = places[this.at];
    const { kind } = place;
    const reachable = !kind.openable || this.open.has(this.at);
    if (kind.openable && !reachable) {
      all.set(`open ${place.name}`, () => {
        this.open.add(this.at);
        return `You open ${place.name}. ${this.inside()}`;
      });
    } else if (kind.openable) {
      all.set(`close ${place.name}`, () => {
        this.open.delete(this.at);
        return `You close ${place.name}.`;
      });
    }
    for (const thing of this.contents(this.at)) {
      if (!thing.kind) {
        const lit = this.states.get(thing)!;
        const [word, change] = lit.has('lit') ? ['off', () => lit.delete('lit')] : ['on', () => lit.add('lit')];
        all.set(`switch ${word} ${thing.name}`, () => {
          change();
          return `You switch ${word} ${thing.name}.`;
        });
      } else if (reachable && !this.held) {
        all.set(`take ${thing.name} from ${place.name}`, () => {
          this.where.delete(thing);
          this.held = thing;
          return `You take ${thing.name} from ${place.name}.`;
        });
      }
    }
    const { held } = this;
    if (!held?.kind) return all;
    if (reachable && kind.takes.includes(held.kind.class)) {
      const put = `put ${held.name} ${preposition(kind)} ${place.name}`;
      all.set(put, () => {
        this.where.set(held, this.at);
        this.held = undefined;
        return `You ${put}.`;
      });
    }
    if (kind.treats && canTreat(held.kind, kind.treats)) {
      const treat = `${kind.treats} ${held.name} at ${place.name}`;
      const state = { wash: 'clean', warm: 'warm', chill: 'cold' }[kind.treats];
      all.set(treat, () => {
        const states = this.states.get(held)!;
        if (state !== 'clean') for (const other of ['warm', 'cold']) states.delete(other);
        states.add(state);
        return `You ${treat}. It is ${state}.`;
      });
    }
    return all;
  }

  solved(): boolean {
    const { goal, places, things } = this.world;
    const wanted = things.filter((thing) => thing.kind === goal.thing);
    if (goal.family === 'look') {
      const lamp = things.find((thing) => !thing.kind && this.states.get(thing)!.has('lit'));
      return lamp !== undefined && this.where.get(lamp) === this.at && wanted.includes(this.held!);
    }
    const treatment = TREATMENTS[goal.family];
    const state = treatment && { wash: 'clean', warm: 'warm', chill: 'cold' }[treatment];
    return places.some((place, i) => {
      if (place.kind !== goal.place) return false;
      const there = wanted.filter((t) => this.where.get(t) === i && (!state || this.states.get(t)!.has(state)));
      return there.length >= (goal.family === 'two' ? 2 : 1);
    });
  }

  surroundings(): string {
    const names = this.world.places.map((place) => place.name).join(', ');
    return `You are in a ${this.world.room}. Around you: ${names}.`;
  }

  view(): string {
    const { name, kind } = this.world.places[this.at];
    if (!kind.openable) return `You are at ${name}. ${this.inside()}`;
    return `You are at ${name}. ${this.open.has(this.at) ? `It is open. ${this.inside()}` : 'It is closed.'}`;
  }

  inside(): string {
    const names = this.contents(this.at)
      .map((thing) => thing.name)
      .sort();
    const where = this.world.places[this.at].kind.hollow ? 'In' : 'On';
    return `${where} it: ${names.join(', ') || 'nothing'}.`;
  }
}

describe('the household', () => {
  it('says, allows and rewards what its rules say, on random walks', () => {
    const suite = openHousehold({ difficulty: 'mixed', maxSteps: 1000 });
    let solved = 0;
    for (const task of suite.tasks('train').slice(0, 54)) {
      const environment = suite.create();
      const world = generateWorld(parseTaskId(task.id));
      const simulation = new Simulation(world);
      const random = Random.of(1, task.id);
      let turn = environment.reset(task) as Turn;
      expect(turn.observation).toBe(`${simulation.surroundings()}\n\nYour task: ${world.sentence}`);
      for (let i = 0; i < 60; i++) {
        const commands = simulation.commands();
        expect(turn.admissible).toEqual([...commands.keys()].sort());
        // Going elsewhere is most of what one can do; a walk that seldom does it does more.
        const stay = turn.admissible.filter((command) => !command.startsWith('go to '));
        const action = random.pick(random.next() < 0.6 ? stay : turn.admissible);
        const answer = commands.get(action)!();
        const result = environment.step(action) as StepResult;
        expect(result.observation, `${task.id}: ${action}`).toBe(answer);
        expect(result.success).toBe(simulation.solved());
        turn = result;
        if (result.done) {
          solved++;
          break;
        }
      }
    }
    expect(solved).toBeGreaterThan(0);
  });
});
