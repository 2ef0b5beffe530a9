import { maybe, type Place, SUCCESS, sure, type World } from '../world.ts';

const ROOMS = 6;
const CELLAR = ROOMS;

/** A row of rooms with a treasure behind the last; each has a hatch to a cellar that one hardly gets out of. */
export const trapChain: World = {
  name: 'trap-chain',
  description: 'Six rooms in a row; one wrong step among many right ones spoils the episode.',
  horizon: 25,
  start: 0,
  places: [
    ...Array.from(
      { length: ROOMS },
      (_, room): Place => ({
        texts: [`You are in room ${room + 1}. There is a door to the next room and a hatch in the floor.`],
        actions: [
          room === ROOMS - 1 ? sure('go on', SUCCESS, 10) : maybe('go on', 0.9, room + 1, room),
          sure('go back', Math.max(0, room - 1)),
          sure('open the hatch', CELLAR),
        ],
      }),
    ),
    {
      texts: ['You are in a dark cellar. The ladder is broken.'],
      actions: [maybe('climb', 0.15, 0, CELLAR), sure('wait', CELLAR), sure('search the floor', CELLAR)],
    },
  ],
};
