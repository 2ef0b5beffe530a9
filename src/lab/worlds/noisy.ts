import { maybe, type Place, SUCCESS, sure, type World } from '../world.ts';

const ROOMS = [
  'A kitchen with an iron stove, copper pans and a smell of soup',
  'A long corridor lined with dusty portraits of stern admirals',
  'The library: shelves up to the ceiling, two ladders, a globe',
  'A bedroom under the roof. The bed has not been slept in lately',
  'Marble floor, a chandelier, umbrellas: the great entrance hall',
];
const LAST = ROOMS.length - 1;
const SOUNDS = ['a clock', 'a dog', 'the wind', 'a kettle', 'a radio', 'nothing', 'a train', 'voices'];

/** A short chain whose rooms never look quite the same: what is heard changes from visit to visit. */
export const noisy: World = {
  name: 'noisy',
  description: 'A chain of five rooms with eight observations each: equal states seldom have equal texts.',
  horizon: 20,
  start: 0,
  places: ROOMS.map(
    (name, room): Place => ({
      texts: SOUNDS.map((sound) => `${name}. You hear ${sound}.`),
      actions: [
        room === LAST ? sure('go on', SUCCESS, 10) : maybe('go on', 0.9, room + 1, room),
        sure('go back', Math.max(0, room - 1)),
        sure('sit down', room),
        sure('leave by the window', 0),
      ],
    }),
  ),
};
