import fc from 'fast-check';
import { expect, test } from 'vitest';
import { merged, type Tree } from './comparison.ts';
import { firstDifference, shareSettings } from './shared-settings.ts';

const key = fc.constantFrom('a', 'b', 'c');
const leaf = fc.oneof(fc.integer({ min: 0, max: 2 }), fc.constant('x'), fc.constant(null), fc.constant([1, 'y']));
const { settings } = fc.letrec<{ settings: Tree; value: unknown }>((tie) => ({
  settings: fc.dictionary(key, tie('value'), { noNullPrototype: true }),
  value: fc.oneof({ depthSize: 'small' }, leaf, tie('settings')),
}));

test('shared and own settings together are the settings again', () => {
  fc.assert(
    fc.property(fc.array(settings, { minLength: 1, maxLength: 4 }), (all) => {
      const { shared, own } = shareSettings(all);
      expect(own.map((tree) => merged(shared, tree))).toEqual(all);
    }),
  );
});

test('what all have stands once, and each keeps what only it has', () => {
  const all = [
    { seed: 1, credit: { algorithm: 'grpo', options: {} } },
    { seed: 1, credit: { algorithm: 'gagpo', options: { lambda: 0 } }, agent: 'memory' },
  ];
  expect(shareSettings(all)).toEqual({
    shared: { seed: 1, credit: { options: {} } },
    own: [
      { credit: { algorithm: 'grpo' } },
      { credit: { algorithm: 'gagpo', options: { lambda: 0 } }, agent: 'memory' },
    ],
  });
});

test('settings differ exactly where a first difference is told', () => {
  fc.assert(
    fc.property(settings, settings, (a, b) => {
      expect(firstDifference(a, b) === undefined).toBe(JSON.stringify(sorted(a)) === JSON.stringify(sorted(b)));
    }),
  );
  expect(firstDifference({ a: { b: 1 } }, { a: { b: 1, c: [2] } })).toBe('a.c was not set and is now [2]');
});

function sorted(value: unknown): unknown {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return value;
  return Object.entries(value)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, entry]) => [name, sorted(entry)]);
}
