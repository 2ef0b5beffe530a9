import { type Place, SUCCESS, sure, type World } from '../world.ts';

const SIZE = 4;
const KEY = SIZE * SIZE - SIZE;
const DOOR = SIZE - 1;
const DIRECTIONS = [
  ['go north', 0, -1],
  ['go east', 1, 0],
  ['go south', 0, 1],
  ['go west', -1, 0],
] as const;

/** Places are cell + (with the key ? 16 : 0). */
function cell(at: number, key: boolean): Place {
  const [x, y] = [at % SIZE, Math.floor(at / SIZE)];
  const things = [at === KEY && !key ? ' A key lies here.' : '', at === DOOR ? ' There is a locked door.' : ''];
  const walk = DIRECTIONS.map(([text, dx, dy]) => {
    const [nx, ny] = [x + dx, y + dy];
    const inside = nx >= 0 && nx < SIZE && ny >= 0 && ny < SIZE;
    return sure(text, (inside ? ny * SIZE + nx : at) + (key ? SIZE * SIZE : 0));
  });
  const use =
    at === KEY && !key
      ? sure('use what is here', at + SIZE * SIZE)
      : at === DOOR && key
        ? sure('use what is here', SUCCESS, 10)
        : sure('use what is here', at + (key ? SIZE * SIZE : 0));
  return {
    texts: [`Row ${y + 1}, column ${x + 1}.${things.join('')} You carry ${key ? 'a key' : 'nothing'}.`],
    actions: [...walk, use],
  };
}

/** A grid with a key in one corner and a door in the opposite one. */
export const keyDoor: World = {
  name: 'key-door',
  description:
    'A 4 × 4 grid: fetch the key from one corner, open the door in the other. The reward is far from the choice.',
  horizon: 40,
  start: 5,
  places: [false, true].flatMap((key) => Array.from({ length: SIZE * SIZE }, (_, at) => cell(at, key))),
};
