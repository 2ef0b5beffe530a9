import { maybe, type Place, SUCCESS, sure, type World } from '../world.ts';

const ROOMS = 5;
const SOUNDS = ['a clock', 'a dog', 'the wind', 'a kettle', 'a radio', 'nothing', 'a train', 'voices'];

/** A short chain whose rooms never look quite the same: what is heard changes from visit to visit. */
export const noisy: World = {
  name: 'noisy',
  description: 'A chain of five rooms with eight observations each: equal states seldom have equal texts.',
  horizon: 20,
  start: 0,
  places: Array.from(
    { length: ROOMS },
    (_, room): Place => ({
      texts: SOUNDS.map(
        (sound) => `You are in room number ${room + 1} of the old house by the lake. You hear ${sound}.`,
      ),
      actions: [
        room === ROOMS - 1 ? sure('go on', SUCCESS, 10) : maybe('go on', 0.9, room + 1, room),
        sure('go back', Math.max(0, room - 1)),
        sure('sit down', room),
        sure('leave by the window', 0),
      ],
    }),
  ),
};
