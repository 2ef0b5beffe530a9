import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { LoggerSettingsError } from '../errors.ts';
import type { Preparation } from '../metric-logger.ts';
import { netrcPassword } from './netrc.ts';

/** What a user says to W&B by its own environment variables. */
export interface WandbSettings {
  readonly mode: 'online' | 'offline' | 'disabled';
  /** WANDB_BASE_URL, without a slash at its end. */
  readonly baseUrl: string;
  /** Online there is one. */
  readonly key: string | undefined;
  readonly entity: string | undefined;
  readonly project: string;
  readonly name: string | undefined;
  readonly group: string | undefined;
  readonly jobType: string | undefined;
  readonly notes: string | undefined;
  readonly tags: readonly string[];
  /** Where the folder `wandb` of offline runs goes; undefined: into the run's. */
  readonly folder: string | undefined;
}

const MODES: Readonly<Record<string, WandbSettings['mode']>> = {
  online: 'online',
  run: 'online',
  offline: 'offline',
  dryrun: 'offline',
  disabled: 'disabled',
};

/** @throws LoggerSettingsError where a setting cannot be right, or there is no key and W&B is not to work offline */
export async function readWandbSettings(env: Preparation['env']): Promise<WandbSettings> {
  const given = (name: string): string | undefined => env[name]?.trim() || undefined;
  const word = given('WANDB_MODE') ?? 'online';
  const mode = MODES[word];
  if (mode === undefined) {
    throw new LoggerSettingsError('wandb', `WANDB_MODE is ${word}; it can be online, offline or disabled here.`);
  }
  const baseUrl = checkUrl(given('WANDB_BASE_URL') ?? 'https://api.wandb.ai');
  const key = given('WANDB_API_KEY') ?? (await netrcKey(env, baseUrl));
  if (mode === 'online' && key === undefined) {
    throw new LoggerSettingsError(
      'wandb',
      `there is no key for ${baseUrl}. Set WANDB_API_KEY (your key is at ${appUrl(baseUrl)}/authorize), or run "wandb login" once; ` +
        'or set WANDB_MODE=offline to write files that "wandb sync" uploads later.',
    );
  }
  return {
    mode,
    baseUrl,
    key,
    entity: given('WANDB_ENTITY'),
    project: given('WANDB_PROJECT') ?? 'turnwise',
    name: given('WANDB_NAME'),
    group: given('WANDB_RUN_GROUP'),
    jobType: given('WANDB_JOB_TYPE'),
    notes: given('WANDB_NOTES'),
    tags: (given('WANDB_TAGS') ?? '')
      .split(',')
      .map((tag) => tag.trim())
      .filter((tag) => tag !== ''),
    folder: given('WANDB_DIR'),
  };
}

/** Where people look at what the server of an API has. */
export function appUrl(baseUrl: string): string {
  return baseUrl.replace('://api.wandb.', '://wandb.').replace('://api.', '://app.');
}

function checkUrl(text: string): string {
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    throw new LoggerSettingsError('wandb', 'WANDB_BASE_URL is no address; it looks like https://api.wandb.ai.');
  }
  if (!['http:', 'https:'].includes(url.protocol) || url.username !== '' || url.password !== '') {
    throw new LoggerSettingsError(
      'wandb',
      'WANDB_BASE_URL must begin with http:// or https:// and hold no key; the key belongs into WANDB_API_KEY.',
    );
  }
  return (url.origin + url.pathname).replace(/\/+$/, '');
}

/** The key that `wandb login` keeps in the user's netrc file. */
async function netrcKey(env: Preparation['env'], baseUrl: string): Promise<string | undefined> {
  const path = env['NETRC'] || join(env['HOME'] || homedir(), '.netrc');
  const text = await readFile(path, 'utf8').catch(() => '');
  return netrcPassword(text, new URL(baseUrl).host);
}
