import { expect, test } from 'vitest';
import { decidingSettings } from './deciding-settings.ts';

test('where a run is computed, told of and stored decides nothing, and of data the name', () => {
  expect(
    decidingSettings({ seed: 1, engine: { threads: 2 }, loggers: [], episodes: {}, checkpoint: undefined }),
  ).toEqual({
    seed: 1,
  });
  const alfworld = (data: string) => decidingSettings({ environment: { name: 'alfworld', data } });
  expect(alfworld('/here/games.zip')).toEqual(alfworld('there/games.zip'));
  expect(alfworld('/here/games.zip')).not.toEqual(alfworld('/here/other.zip'));
});
