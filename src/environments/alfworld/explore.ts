import type { Expert, Turn } from '../environment.ts';
import { likelyPlaces } from './likely-places.ts';

/** What a task sentence asks for. */
interface Wish {
  readonly thing: string;
  /** Kind of receptacle to bring it to; absent when it is to be looked at. */
  readonly target?: string;
  readonly lamp?: string;
  readonly treatment?: 'clean' | 'heat' | 'cool';
  readonly count: number;
}

const TOOLS = { clean: 'sinkbasin', heat: 'microwave', cool: 'fridge' } as const;

/**
 * A player that sees only what an agent sees: it looks for the thing where such things usually are, opening what can be opened, and
 * then does what the task asks.
 */
export class AlfworldExplorer implements Expert {
  private wish: Wish | undefined;
  private places: string[] = [];
  private readonly contents = new Map<string, Set<string>>();
  private readonly closed = new Set<string>();
  /** Things already brought where they belong. */
  private readonly delivered = new Map<string, string>();
  private at = '';
  private held = '';
  private treated = false;
  private lit = false;
  /** Commands that did not work; trying them again would not either. */
  private readonly useless = new Set<string>();

  act(turn: Turn): string {
    this.read(turn.observation);
    const command = this.wish ? this.choose(this.wish, turn.admissible) : 'look';
    if (turn.admissible.includes(command)) return command;
    this.useless.add(command);
    return 'look';
  }

  private choose(wish: Wish, admissible: readonly string[]): string {
    if (this.held === '') {
      if (wish.lamp && !this.lit && this.sees(wish.lamp, this.at)) return `use ${this.find(wish.lamp)!.thing}`;
      const found = this.find(wish.thing);
      if (found) return this.approach(found.place) ?? `take ${found.thing} from ${found.place}`;
      return this.search(wish.thing);
    }
    if (kind(this.held) !== wish.thing)
      return (
        admissible.find((c) => c.startsWith(`move ${this.held} `) || c.startsWith(`put ${this.held} `)) ??
        this.search(wish.thing)
      );
    if (wish.lamp) {
      const lamp = this.find(wish.lamp);
      if (!lamp) return this.search(wish.lamp);
      return this.at === lamp.place ? `use ${lamp.thing}` : `go to ${lamp.place}`;
    }
    if (wish.treatment && !this.treated) {
      const tool = this.places.find((p) => kind(p) === TOOLS[wish.treatment!]);
      if (!tool) return 'look';
      return this.at === tool ? `${wish.treatment} ${this.held} with ${tool}` : `go to ${tool}`;
    }
    const target = this.target(wish);
    if (target === undefined) return 'look';
    return (
      this.approach(target) ??
      admissible.find((c) => new RegExp(`^(?:move|put) ${this.held} (?:to|in/on) ${target}$`).test(c)) ??
      'look'
    );
  }

  /** The receptacle to bring things to: the one that has one already, else where the agent is, else the first. */
  private target(wish: Wish): string | undefined {
    const all = this.places.filter((p) => kind(p) === wish.target);
    return (
      [...this.delivered.values()].find((p) => kind(p) === wish.target) ?? all.find((p) => p === this.at) ?? all[0]
    );
  }

  /** The next command towards standing at an open place; undefined when that is so. */
  private approach(place: string): string | undefined {
    if (this.at !== place) return `go to ${place}`;
    return this.closed.has(place) ? `open ${place}` : undefined;
  }

  private sees(wanted: string, place: string): boolean {
    return [...(this.contents.get(place) ?? [])].some((thing) => kind(thing) === wanted);
  }

  /** A thing of that kind not yet delivered, here if possible. */
  private find(wanted: string): { thing: string; place: string } | undefined {
    for (const place of [this.at, ...this.contents.keys()]) {
      for (const thing of this.contents.get(place) ?? []) {
        if (kind(thing) === wanted && !this.delivered.has(thing)) return { thing, place };
      }
    }
    return undefined;
  }

  private search(wanted: string): string {
    if (this.at !== '' && this.closed.has(this.at) && !this.contents.has(this.at)) return `open ${this.at}`;
    const likely = likelyPlaces(wanted);
    const rank = (place: string): number => {
      const r = likely.indexOf(kind(place));
      return r < 0 ? likely.length : r;
    };
    const left = this.places.filter((p) => !this.contents.has(p) && !this.useless.has(`go to ${p}`));
    const next = left.sort((a, b) => rank(a) - rank(b) || number(a) - number(b))[0];
    return next ? `go to ${next}` : 'look';
  }

  private read(observation: string): void {
    const task = /Your task is to: (.*)/.exec(observation);
    if (task) this.wish = readTask(task[1]);
    const room = /Looking quickly around you, you see (.*)\.$/m.exec(observation);
    if (room && this.places.length === 0) this.places = names(room[1]);
    const arrived = /You arrive at (.+? \d+)\./.exec(observation);
    if (arrived) this.at = arrived[1];
    for (const [, place] of observation.matchAll(/[Tt]he ([\w-]+ \d+) is closed\./g)) this.closed.add(place);
    const seen = /(?:[Oo]n the ([\w-]+ \d+)|[Tt]he ([\w-]+ \d+) is open\. In it), you see (.*)\.$/m.exec(observation);
    if (seen) {
      const place = seen[1] ?? seen[2];
      this.closed.delete(place);
      this.contents.set(place, new Set(names(seen[3])));
    }
    const taken = /You pick up the ([\w-]+ \d+) from the ([\w-]+ \d+)\./.exec(observation);
    if (taken) {
      this.held = taken[1];
      this.treated = false;
      this.delivered.delete(taken[1]);
      for (const things of this.contents.values()) things.delete(taken[1]);
    }
    const put = /You (?:move|put) the ([\w-]+ \d+) (?:to|in\/on) the ([\w-]+ \d+)\./.exec(observation);
    if (put) {
      this.contents.get(put[2])?.add(put[1]);
      if (
        kind(put[2]) === this.wish?.target &&
        kind(put[1]) === this.wish.thing &&
        (this.treated || !this.wish.treatment)
      )
        this.delivered.set(put[1], put[2]);
      this.held = '';
      this.treated = false;
    }
    const done = /You (clean|heat|cool) the [\w-]+ \d+ using/.exec(observation);
    if (done && done[1] === this.wish?.treatment) this.treated = true;
    if (/You turn on the/.test(observation)) this.lit = true;
  }
}

function readTask(sentence: string): Wish | undefined {
  const look = /(?:look at|examine) (?:the )?(\w+) (?:under|with) the (\w+)/.exec(sentence);
  if (look) return { thing: look[1], lamp: look[2], count: 1 };
  const two = /two (\w+)(?: and put them)? (?:in|on) (\w+)/.exec(sentence);
  if (two) return { thing: two[1], target: two[2], count: 2 };
  const treated =
    /^put an? (clean|hot|cool) (\w+) (?:in|on) (\w+)/.exec(sentence) ??
    /^(clean|heat|cool) some (\w+) and put it (?:in|on) (\w+)/.exec(sentence);
  if (treated) {
    const treatment = treated[1] === 'hot' ? 'heat' : (treated[1] as Wish['treatment']);
    return { thing: treated[2], target: treated[3], treatment, count: 1 };
  }
  const plain = /^put (?:an?|some) (\w+) (?:in|on) (\w+)/.exec(sentence);
  return plain ? { thing: plain[1], target: plain[2], count: 1 } : undefined;
}

function kind(name: string): string {
  return name.replace(/ \d+$/, '');
}

function number(name: string): number {
  return Number(/\d+$/.exec(name)?.[0] ?? 0);
}

function names(list: string): string[] {
  return [...list.matchAll(/\ba ([\w-]+ \d+)/g)].map((m) => m[1]);
}
