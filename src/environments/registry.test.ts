import { describe, expect, it } from 'vitest';
import { checkEnvironment, environmentList, openSuite } from './registry.ts';
import { EnvironmentOptionError, UnknownEnvironmentError } from './registry-errors.ts';

describe('environmentList', () => {
  it('describes every environment and its options', () => {
    const household = environmentList().find(({ name }) => name === 'household');
    expect(household).toMatchObject({ needsData: false });
    expect(household!.options).toContainEqual({
      name: 'difficulty',
      description: expect.stringMatching(/\.$/),
      type: 'string',
      choices: ['easy', 'medium', 'hard', 'mixed'],
      default: 'medium',
    });
    expect(household!.options).toContainEqual(expect.objectContaining({ name: 'maxSteps', type: 'integer' }));
    expect(environmentList().find(({ name }) => name === 'alfworld')).toMatchObject({ needsData: true });
  });
});

describe('openSuite', () => {
  it('hands the options on', async () => {
    const suite = await openSuite('household', { difficulty: 'easy', maxSteps: 7 });
    expect(suite.defaults.maxSteps).toBe(7);
    expect(suite.tasks('train')[0].id).toBe('train/easy/000000');
  });

  it('names the nearest environment when there is none of that name', async () => {
    const error = await openSuite('houshold').catch((e: unknown) => e);
    expect(error).toBeInstanceOf(UnknownEnvironmentError);
    expect(error).toMatchObject({
      code: 'TURNWISE_UNKNOWN_ENVIRONMENT',
      environment: 'houshold',
      nearest: 'household',
    });
    expect(String(error)).toContain('Did you mean household?');
  });

  it('proposes nothing for a name that resembles none', async () => {
    for (const name of ['xyz', 'mars'])
      await expect(openSuite(name)).rejects.toThrow(
        `There is no environment called "${name}". Environments: household`,
      );
  });

  it.each([
    [{ dificulty: 'easy' }, 'dificulty', 'does not exist. Did you mean difficulty?'],
    [{ difficulty: 'tiny' }, 'difficulty', 'must be one of easy, medium, hard, mixed, not "tiny"'],
    [{ maxSteps: 0 }, 'maxSteps', 'must be of type integer, not 0'],
    [{ successReward: 'much' }, 'successReward', 'must be of type number, not "much"'],
  ])('refuses the options %j', async (options, option, words) => {
    const error = await openSuite('household', options).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(EnvironmentOptionError);
    expect(error).toMatchObject({ code: 'TURNWISE_ENVIRONMENT_OPTION', environment: 'household', option });
    expect(String(error)).toContain(words);
  });

  it('refuses the same before anything is opened', () => {
    expect(() => checkEnvironment('mars')).toThrow(UnknownEnvironmentError);
    expect(() => checkEnvironment('household', { difficulty: 'tiny' })).toThrow(EnvironmentOptionError);
    expect(() => checkEnvironment('alfworld')).toThrow(/"data" of the environment alfworld must be given/);
    expect(() => checkEnvironment('alfworld', { data: '/nowhere' })).not.toThrow();
  });

  it('says which data is needed when it is not given', async () => {
    await expect(openSuite('alfworld')).rejects.toThrow(/"data" of the environment alfworld must be given: Path of/);
  });
});
