import type { MemoryEvent } from './events.ts';

/** What is believed of a place. */
export interface Place {
  closed: boolean;
  /** Things seen there; undefined until something was seen, be it nothing. */
  things: Set<string> | undefined;
  /** The agent has been there. */
  visited: boolean;
}

/** What the observations and own deeds of an episode add up to. Never told anything the agent did not see. */
export class WorldMemory {
  task = '';
  readonly places = new Map<string, Place>();
  at: string | undefined;
  held: string | undefined;
  readonly qualities = new Map<string, Set<string>>();
  readonly lit = new Set<string>();
  /** The last command that did something. */
  last: string | undefined;
  /** How many commands since then did nothing, and the latest of them. */
  refusals = 0;
  refused = '';

  /** Takes in an observation; `command` is what it answers, absent at the start. */
  observe(events: readonly MemoryEvent[], command?: string): void {
    for (const event of events) this.apply(event);
    if (command === undefined) return;
    if (events.some((e) => e.kind === 'refused')) {
      this.refusals++;
      this.refused = command;
    } else {
      this.refusals = 0;
      this.last = command;
    }
  }

  private place(name: string): Place {
    let place = this.places.get(name);
    if (!place) {
      place = { closed: false, things: undefined, visited: false };
      this.places.set(name, place);
    }
    return place;
  }

  private apply(event: MemoryEvent): void {
    switch (event.kind) {
      case 'task':
        this.task = event.sentence;
        return;
      case 'places':
        for (const name of event.places) this.place(name);
        return;
      case 'at':
        this.at = event.place;
        this.place(event.place).visited = true;
        return;
      case 'closed':
        this.place(event.place).closed = true;
        return;
      case 'contents': {
        const place = this.place(event.place);
        place.closed = false;
        place.visited = true;
        place.things = new Set(event.things);
        return;
      }
      case 'took':
        this.held = event.thing;
        for (const place of this.places.values()) place.things?.delete(event.thing);
        return;
      case 'put': {
        this.held = undefined;
        const place = this.place(event.place);
        place.things ??= new Set();
        place.things.add(event.thing);
        return;
      }
      case 'holding':
        this.held = event.thing;
        return;
      case 'quality': {
        const qualities = this.qualities.get(event.thing) ?? new Set();
        if (event.replaces) qualities.delete(event.replaces);
        this.qualities.set(event.thing, qualities.add(event.quality));
        return;
      }
      case 'switched':
        if (event.on) this.lit.add(event.thing);
        else this.lit.delete(event.thing);
        return;
      case 'refused':
        return;
    }
  }
}
