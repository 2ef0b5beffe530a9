/**
 * A player that sees only what an agent sees: it looks for the thing place by place, in the order in which the room
 * was described, and then does what the task asks. Everything it knows it has read in an observation.
 */

import type { Expert, Turn } from '../environment.ts';
import { LAMP, LAMP_PLACES, placeKind, thingKind } from './kinds.ts';
import { parseTaskSentence, type Wish } from './sentences.ts';
import { TREATMENTS } from './world.ts';

export class ExploreExpert implements Expert {
  private wish: Wish | undefined;
  private places: string[] = [];
  private at = '';
  private held = '';
  /** Whether the held thing has been treated as the task wants. */
  private treated = false;
  private readonly closed = new Set<string>();
  /** What was seen in a place; absent while it has not been looked into. */
  private readonly contents = new Map<string, Set<string>>();

  act(turn: Turn): string {
    for (const line of turn.observation.split('\n')) this.read(line);
    const command = this.wish ? this.next(this.wish, turn.admissible) : 'look';
    return turn.admissible.includes(command) ? command : 'look';
  }

  private read(line: string): void {
    const task = /^Your task: (.*)$/.exec(line);
    if (task) this.wish = parseTaskSentence(task[1]);
    const around = /^You are in a \w+\. Around you: (.*)\.$/.exec(line);
    if (around) this.places = around[1].split(', ');
    const view = /^You (are at|open) (\w+ \d+)\.(?: It is open\.)?(?: (It is closed|[IO]n it: (.*)))\.$/.exec(line);
    if (view) {
      const [, verb, place, , list] = view;
      if (verb === 'are at') this.at = place;
      if (list === undefined) this.closed.add(place);
      else {
        this.closed.delete(place);
        this.contents.set(place, new Set(list === 'nothing' ? [] : list.split(', ')));
      }
    }
    const shut = /^You close (\w+ \d+)\.$/.exec(line);
    if (shut) this.closed.add(shut[1]);
    const taken = /^You take (\w+ \d+) from (\w+ \d+)\.$/.exec(line);
    if (taken) {
      this.held = taken[1];
      this.treated = false;
      this.contents.get(taken[2])?.delete(taken[1]);
    }
    const put = /^You put (\w+ \d+) (?:in|on) (\w+ \d+)\.$/.exec(line);
    if (put) {
      this.held = '';
      this.contents.get(put[2])?.add(put[1]);
    }
    const done = /^You (wash|warm|chill) \w+ \d+ at/.exec(line);
    if (done && this.wish && done[1] === TREATMENTS[this.wish.family]) this.treated = true;
  }

  private next(wish: Wish, admissible: readonly string[]): string {
    if (this.held !== '') {
      if (kindOf(this.held) !== wish.thing) {
        return admissible.find((command) => command.startsWith('put ')) ?? this.search(() => true);
      }
      return wish.target ? this.deliver(wish, wish.target) : this.light();
    }
    const target = wish.family === 'two' && wish.target ? this.chosenTarget(wish, wish.target.place) : undefined;
    for (const [place, things] of this.contents) {
      if (place === target) continue;
      const thing = [...things].find((name) => kindOf(name) === wish.thing);
      if (thing) return this.openAt(place) ?? `take ${thing} from ${place}`;
    }
    const { class: wanted } = thingKind(wish.thing);
    return this.search((kind) => placeKind(kind).takes.includes(wanted));
  }

  /** Carries the held thing to where the task wants it, by way of basin, stove or cooler. */
  private deliver(wish: Wish, target: NonNullable<Wish['target']>): string {
    const treatment = TREATMENTS[wish.family];
    if (treatment && !this.treated) {
      const device = this.nearest((kind) => placeKind(kind).treats === treatment);
      return this.at === device ? `${treatment} ${this.held} at ${device}` : `go to ${device}`;
    }
    const place = this.chosenTarget(wish, target.place);
    return this.openAt(place) ?? `put ${this.held} ${target.preposition} ${place}`;
  }

  /** Carries the held thing to the lamp. */
  private light(): string {
    for (const [place, things] of this.contents) {
      const lamp = [...things].find((name) => kindOf(name) === LAMP);
      if (lamp) return this.at === place ? `switch on ${lamp}` : `go to ${place}`;
    }
    return this.search((kind) => LAMP_PLACES.includes(kind));
  }

  /** The place to bring things to: where one of them is already, or else the nearest of its kind. */
  private chosenTarget(wish: Wish, kind: string): string {
    if (wish.family === 'two') {
      for (const [place, things] of this.contents) {
        if (kindOf(place) === kind && [...things].some((name) => kindOf(name) === wish.thing)) return place;
      }
    }
    return this.nearest((name) => name === kind);
  }

  /** Here if here is one, else the first in the room's description. */
  private nearest(test: (kind: string) => boolean): string {
    return test(kindOf(this.at)) ? this.at : (this.places.find((place) => test(kindOf(place))) ?? '');
  }

  /** The command that brings one to an open place; undefined when one is there and it is open. */
  private openAt(place: string): string | undefined {
    if (this.at !== place) return `go to ${place}`;
    return this.closed.has(place) ? `open ${place}` : undefined;
  }

  /** Looks into the next place not looked into yet, likely ones first. */
  private search(likely: (kind: string) => boolean): string {
    const unseen = this.places.filter((place) => !this.contents.has(place));
    const place =
      unseen.find((name) => name === this.at && likely(kindOf(name))) ??
      unseen.find((name) => likely(kindOf(name))) ??
      unseen[0];
    return place === undefined ? 'look' : (this.openAt(place) ?? 'look');
  }
}

/** `cup 1` to `cup`. */
function kindOf(name: string): string {
  return name.slice(0, name.lastIndexOf(' '));
}
