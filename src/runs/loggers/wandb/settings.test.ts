import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { netrcPassword } from './netrc.ts';
import { appUrl, readWandbSettings } from './settings.ts';

const HOME = mkdtempSync(join(tmpdir(), 'turnwise-home-'));
const KEY = '0123456789abcdef0123456789abcdef01234567';

function read(env: Readonly<Record<string, string>>) {
  return readWandbSettings({ HOME, ...env });
}

describe('settings of W&B', () => {
  it("are its own environment variables', with the public server and a project of ours by default", async () => {
    expect(await read({ WANDB_API_KEY: ` ${KEY}\n` })).toEqual({
      mode: 'online',
      baseUrl: 'https://api.wandb.ai',
      key: KEY,
      entity: undefined,
      project: 'turnwise',
      name: undefined,
      group: undefined,
      jobType: undefined,
      notes: undefined,
      tags: [],
      folder: undefined,
    });
    expect(
      await read({
        WANDB_API_KEY: KEY,
        WANDB_BASE_URL: 'http://localhost:8080/api/',
        WANDB_ENTITY: 'team',
        WANDB_PROJECT: 'p',
        WANDB_NAME: 'n',
        WANDB_RUN_GROUP: 'g',
        WANDB_JOB_TYPE: 'j',
        WANDB_NOTES: 'what it is',
        WANDB_TAGS: 'a, b,,',
        WANDB_DIR: '/d',
        WANDB_MODE: 'dryrun',
      }),
    ).toMatchObject({
      mode: 'offline',
      baseUrl: 'http://localhost:8080/api',
      entity: 'team',
      project: 'p',
      name: 'n',
      group: 'g',
      jobType: 'j',
      notes: 'what it is',
      tags: ['a', 'b'],
      folder: '/d',
    });
  });

  it('without a key are refused, unless W&B is to work offline or not at all', async () => {
    await expect(read({})).rejects.toMatchObject({ code: 'TURNWISE_LOGGER_SETTINGS' });
    await expect(read({})).rejects.toThrow(
      /^wandb: there is no key for https:\/\/api\.wandb\.ai\. Set WANDB_API_KEY .*wandb\.ai\/authorize.*WANDB_MODE=offline/,
    );
    expect((await read({ WANDB_MODE: 'offline' })).mode).toBe('offline');
    expect((await read({ WANDB_MODE: 'disabled' })).mode).toBe('disabled');
  });

  it.each([
    [{ WANDB_MODE: 'shared' }, /WANDB_MODE is shared; it can be/],
    [{ WANDB_BASE_URL: 'api.wandb.ai' }, /WANDB_BASE_URL is no address/],
    [{ WANDB_BASE_URL: 'ftp://x' }, /WANDB_BASE_URL must begin with/],
    [{ WANDB_BASE_URL: 'https://me:sesame@x' }, /hold no key/],
  ])('that cannot be right are refused: %j', async (env, message) => {
    const failed = read({ WANDB_API_KEY: KEY, ...env });
    await expect(failed).rejects.toThrow(message);
    await expect(failed).rejects.not.toThrow(/sesame|0123456789/);
  });

  it('take the key that "wandb login" keeps for the very server', async () => {
    const netrc = join(HOME, 'keys');
    writeFileSync(
      netrc,
      `machine other login user password no\nmachine localhost:8080\n  login user\n  password ${KEY}\n`,
    );
    const env = { NETRC: netrc, WANDB_BASE_URL: 'http://localhost:8080' };
    expect((await read(env)).key).toBe(KEY);
    await expect(read({ ...env, WANDB_BASE_URL: 'https://api.wandb.ai' })).rejects.toThrow(/no key/);
  });
});

it.each([
  ['machine a login b password c', 'a', 'c'],
  ['machine a password c\nmachine b password d', 'b', 'd'],
  ['machine a login machine password c', 'a', 'c'],
  ['machine a login b\nmachine c password d', 'a', undefined],
  ['# machine a password c\n', 'a', undefined],
  ['default login x password y', 'a', undefined],
  ['', 'a', undefined],
])('a netrc file: %j, %s', (text, machine, password) => {
  expect(netrcPassword(text, machine)).toBe(password);
});

it.each([
  ['https://api.wandb.ai', 'https://wandb.ai'],
  ['https://api.example.org', 'https://app.example.org'],
  ['http://localhost:8080', 'http://localhost:8080'],
])('the page of %s', (api, page) => {
  expect(appUrl(api)).toBe(page);
});
