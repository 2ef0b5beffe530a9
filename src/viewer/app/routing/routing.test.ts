import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatList, parseChoice, parseList, parseNumber } from './lists.ts';
import { formatRoute, type Place, parseRoute } from './route.ts';

const name = fc.oneof(
  fc.string({ unit: 'binary', minLength: 1 }),
  fc.constantFrom('a/b', '..', '%', '\ud800', 'a,b&c=d?#'),
);

test('every place and every parameter comes back from its address', () => {
  const place: fc.Arbitrary<Place> = fc.oneof(
    fc.constant({ page: 'runs' } as const),
    fc.record({ page: fc.constantFrom('episodes', 'health', 'configuration'), run: name }),
    fc.record({ page: fc.constant('group'), run: name, kind: name, iteration: fc.nat(), group: name }),
    fc.record({ page: fc.constant('episode'), run: name, kind: name, iteration: fc.nat(), group: name, episode: name }),
  );
  fc.assert(
    fc.property(place, fc.dictionary(name, name), (where, parameters) => {
      const address = formatRoute(where, parameters);
      expect(address).toMatch(/^#\/[\x21-\x7e]*$/);
      const route = parseRoute(address);
      expect(route.place).toEqual(where);
      expect({ ...route.parameters }).toEqual({ ...parameters });
    }),
  );
});

test('a parameter may have any name', () => {
  const { parameters } = parseRoute('#/runs?__proto__=x&constructor=y');
  expect(Object.entries(parameters)).toEqual([
    ['__proto__', 'x'],
    ['constructor', 'y'],
  ]);
});

test('what is no address of a view is said to be none', () => {
  expect(parseRoute('')).toEqual({ place: { page: 'runs' }, parameters: {} });
  expect(parseRoute('#/run/a').place).toEqual({ page: 'episodes', run: 'a' });
  for (const hash of [
    '#/nowhere',
    '#/run/a/group/train/x/g',
    '#/run/a/group/train/1',
    '#/run/a/episode/train/-1/g/e',
  ]) {
    expect(parseRoute(hash).place.page).toBe('missing');
  }
});

test('lists, numbers and choices of an address', () => {
  fc.assert(
    fc.property(fc.array(name, { minLength: 1 }), (names) => {
      expect(parseList(formatList(names))).toEqual(names);
    }),
  );
  expect(parseList(undefined)).toBeUndefined();
  expect(parseNumber('7.5', 0, 5)).toBe(5);
  expect(['', 'x', 'NaN', undefined].map((text) => parseNumber(text, 0, 5))).toEqual(Array(4).fill(undefined));
  expect(parseChoice('b', ['a', 'b'])).toBe('b');
  expect(parseChoice('toString', ['a', 'b'])).toBeUndefined();
});
