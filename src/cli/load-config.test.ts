import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { configSchema } from '../training/config.ts';
import { presetFor } from '../training/presets.ts';
import { ConfigError, loadConfig } from './load-config.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'turnwise-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const load = (settings: string[], file?: string) =>
  loadConfig(configSchema, { preset: presetFor, settings, ...(file === undefined ? {} : { file }) });

describe('loadConfig', () => {
  it('reads YAML, JSON and TypeScript, under single settings and over the preset', async () => {
    const files: Record<string, string> = {
      'a.yaml': 'iterations: 7\nrollout:\n  groupSize: 4\n',
      'a.json': '{"iterations": 7, "rollout": {"groupSize": 4}}',
      'turnwise.config.ts':
        'const size: number = 4;\nexport default { iterations: 7, rollout: { groupSize: size } };\n',
    };
    for (const [name, text] of Object.entries(files)) {
      const file = join(folder, name);
      await writeFile(file, text);
      const config = await load(['rollout.tasks=3'], file);
      expect([config.iterations, config.rollout.groupSize, config.rollout.tasks, config.rollout.temperature]).toEqual([
        7, 4, 3, 0.6,
      ]);
    }
  });

  it("takes the papers' protocol where that is asked", async () => {
    const config = await load(['protocol=verl-agent', 'environment.name=alfworld', 'credit.algorithm=gigpo']);
    expect(config).toMatchObject({
      environment: { maxSteps: 50, evaluateSplit: 'valid_seen', options: { successReward: 10 } },
      agent: { name: 'think', options: { history: 2 } },
      rollout: { tasks: 16, groupSize: 8, temperature: 1 },
      credit: { options: { invalidActionPenalty: 0.1 } },
      evaluation: { temperature: 0.4 },
    });
    expect((await load(['protocol=verl-agent', 'environment.evaluateSplit=test'])).environment.evaluateSplit).toBe(
      'test',
    );
  });

  it("has other settings for the shop, and others again for one's own products", async () => {
    expect((await load(['environment.name=webshop'])).environment.options).toEqual({ branches: 24 });
    expect((await load(['environment.name=webshop', 'environment.data=x'])).environment.options).toEqual({});
    expect(await load(['protocol=verl-agent', 'environment.name=webshop'])).toMatchObject({
      environment: { maxSteps: 15, options: { order: 'verl-agent', successReward: 10 } },
      agent: { name: 'think' },
    });
  });

  it('lets the preset follow the environment and the algorithm', async () => {
    expect((await load([])).credit.options).toEqual({ scope: 'batch', invalidActionPenalty: 0.5 });
    expect((await load(['credit.algorithm=grpo'])).credit.options).toEqual({ invalidActionPenalty: 0.5 });
    expect((await load(['environment.name=alfworld'])).warmup.model.hiddenSize).toBe(128);
    expect((await load(['credit.options.gamma=0.9'])).credit.options).toEqual({
      scope: 'batch',
      invalidActionPenalty: 0.5,
      gamma: 0.9,
    });
  });

  it('names what is wrong and what is near', async () => {
    const refusal = async (...settings: string[]): Promise<string> => {
      const error = await load(settings).catch((e: unknown) => e);
      expect(error).toBeInstanceOf(ConfigError);
      return (error as Error).message;
    };
    expect(await refusal('rollout.groupsize=3')).toMatch(
      /unknown key rollout\.groupsize; did you mean rollout\.groupSize\?/,
    );
    expect(await refusal('xyz=3')).toMatch(/unknown key xyz; there are protocol, seed, iterations/);
    expect(await refusal('optimizer.schedule=liner')).toMatch(/optimizer\.schedule: .*got "liner"/);
    expect(await refusal('iterations')).toMatch(/write key=value/);
    expect(await refusal('__proto__.polluted=1')).toMatch(/unknown key/);
    expect(({} as Record<string, unknown>)['polluted']).toBe(undefined);
    await expect(load([], join(folder, 'none.yaml'))).rejects.toThrow(/cannot read the configuration .*none\.yaml/);
    await writeFile(join(folder, 'list.yaml'), '- 1\n');
    await expect(load([], join(folder, 'list.yaml'))).rejects.toThrow(/must be a mapping/);
  });
});
