import { maybe, type Place, SUCCESS, sure, type World } from '../world.ts';

const ROOMS = 9;
/** Rooms of a corridor that look alike, near the start and near the goal. */
const TEXTS = ['start', 'corridor', 'corridor', 'corridor', 'landing', 'corridor', 'corridor', 'corridor', 'last room'];

/** A long way whose rooms mostly look alike: one text stands for states far from the goal and near it. */
export const aliased: World = {
  name: 'aliased',
  description: 'Nine rooms of which six look alike: the mean value of a text is wrong for every room that shows it.',
  horizon: 30,
  start: 0,
  places: Array.from(
    { length: ROOMS },
    (_, room): Place => ({
      texts: [`You see: ${TEXTS[room]}.`],
      actions: [
        room === ROOMS - 1 ? sure('go on', SUCCESS, 10) : maybe('go on', 0.9, room + 1, room),
        sure('go back', Math.max(0, room - 1)),
        sure('rest', room),
      ],
    }),
  ),
};
