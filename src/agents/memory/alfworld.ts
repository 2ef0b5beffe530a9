import type { MemoryEvent, Reader } from './events.ts';

const NAME = String.raw`([\w-]+ \d+)`;

/** ALFWorld's wording, of both the 2.1.3 and the older grammar. */
export const alfworldReader: Reader = {
  knows: (observation) => observation.includes('Your task is to: '),
  read,
  tools: (words) => [
    ...(words.includes('clean') ? ['sinkbasin'] : []),
    ...(words.includes('hot') || words.includes('heat') ? ['microwave'] : []),
    ...(words.includes('cool') || words.includes('cold') ? ['fridge'] : []),
  ],
};

/** "a bed 1, a desk 1, and a drawer 5" → names; "nothing" → none. */
function list(text: string): string[] {
  return [...text.matchAll(/(?:an?|the) ([\w-]+ \d+)/g)].map((m) => m[1]);
}

function read(observation: string): MemoryEvent[] {
  const events: MemoryEvent[] = [];
  const take = (pattern: string, make: (...groups: string[]) => readonly MemoryEvent[]): void => {
    const match = new RegExp(pattern, 'm').exec(observation);
    if (match) events.push(...make(...match.slice(1)));
  };
  take(String.raw`^Nothing happens\.`, () => [{ kind: 'refused' }]);
  take('Your task is to: (.*)', (sentence) => [{ kind: 'task', sentence }]);
  take(String.raw`Looking quickly around you, you see (.*)\.$`, (places) => {
    const names = list(places);
    return names.length > 0 ? [{ kind: 'places', places: names }] : [];
  });
  take(String.raw`You arrive at ${NAME}\.`, (place) => [{ kind: 'at', place }]);
  take(String.raw`[Tt]he ${NAME} is closed\.`, (place) => [{ kind: 'closed', place }]);
  take(String.raw`[Oo]n the ${NAME}, you see (.*)\.$`, (place, things) => [
    { kind: 'contents', place, things: list(things) },
  ]);
  take(String.raw`[Tt]he ${NAME} is open\. In it, you see (.*)\.$`, (place, things) => [
    { kind: 'contents', place, things: list(things) },
  ]);
  take(String.raw`You close the ${NAME}\.`, (place) => [{ kind: 'closed', place }]);
  take(String.raw`You pick up the ${NAME} from the ${NAME}\.`, (thing, place) => [{ kind: 'took', thing, place }]);
  take(String.raw`You (?:move the ${NAME} to|put the ${NAME} in/on) the ${NAME}\.`, (moved, put, place) => [
    { kind: 'put', thing: moved ?? put, place },
  ]);
  take(`You clean the ${NAME} using`, (thing) => [{ kind: 'quality', thing, quality: 'clean' }]);
  take(`You heat the ${NAME} using`, (thing) => [{ kind: 'quality', thing, quality: 'hot', replaces: 'cool' }]);
  take(`You cool the ${NAME} using`, (thing) => [{ kind: 'quality', thing, quality: 'cool', replaces: 'hot' }]);
  take(String.raw`You turn (on|off) the ${NAME}\.`, (way, thing) => [{ kind: 'switched', thing, on: way === 'on' }]);
  take(String.raw`You are not carrying anything\.`, () => [{ kind: 'holding', thing: undefined }]);
  take(String.raw`You are carrying: an? ${NAME}\.`, (thing) => [{ kind: 'holding', thing }]);
  return events;
}
