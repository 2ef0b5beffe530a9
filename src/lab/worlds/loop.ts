import { maybe, type Place, SUCCESS, sure, type World } from '../world.ts';

const ROOMS = 8;
const EXIT = 5;

/** A ring of rooms; one has a stuck gate. Going round is harmless and useless, so the same states come again and again. */
export const loop: World = {
  name: 'loop',
  description: 'A ring of eight rooms with one stuck gate: episodes pass the same states many times.',
  horizon: 30,
  start: 0,
  places: Array.from(
    { length: ROOMS },
    (_, room): Place => ({
      texts: [`A round hall, segment ${room + 1}.${room === EXIT ? ' There is a gate.' : ''}`],
      actions: [
        sure('walk left', (room + ROOMS - 1) % ROOMS),
        sure('walk right', (room + 1) % ROOMS),
        room === EXIT
          ? {
              text: 'push the wall',
              outcomes: [
                { to: SUCCESS, probability: 0.5, reward: 10 },
                { to: room, probability: 0.5, reward: 0 },
              ],
            }
          : maybe('push the wall', 0.5, room, (room + 1) % ROOMS),
      ],
    }),
  ),
};
