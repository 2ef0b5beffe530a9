import { homedir } from 'node:os';
import { join } from 'node:path';
import { LoggerSettingsError } from '../errors.ts';
import type { Preparation } from '../metric-logger.ts';

/** What a user says to trackio by its own environment variables. */
export interface TrackioSettings {
  readonly project: string;
  /** The server that is logged to; undefined: trackio's folder on this machine. */
  readonly server: TrackioServer | undefined;
  /** TRACKIO_DIR, or `trackio` in HF_HOME, or in the user's own cache folder. */
  readonly folder: string;
}

export interface TrackioServer {
  /** Without a slash at its end. */
  readonly url: string;
  readonly writeToken: string | undefined;
  /** For a Space. */
  readonly huggingFaceToken: string | undefined;
}

/** @throws LoggerSettingsError where a setting cannot be right */
export async function readTrackioSettings({ env, huggingFaceToken }: Preparation): Promise<TrackioSettings> {
  const given = (name: string): string | undefined => env[name]?.trim() || undefined;
  const space = given('TRACKIO_SPACE_ID');
  const url = given('TRACKIO_SERVER_URL');
  const cache = given('HF_HOME') ?? join(given('XDG_CACHE_HOME') ?? join(homedir(), '.cache'), 'huggingface');
  let server: TrackioServer | undefined;
  if (space !== undefined) {
    const token = await huggingFaceToken?.();
    if (token === undefined) {
      throw new LoggerSettingsError(
        'trackio',
        `there is no Hugging Face token for the Space ${space}. Set HF_TOKEN, or run "hf auth login" once; or unset TRACKIO_SPACE_ID to log to this machine.`,
      );
    }
    server = { url: spaceUrl(space), writeToken: undefined, huggingFaceToken: token };
  } else if (url !== undefined) {
    server = readServerUrl(url, given('TRACKIO_WRITE_TOKEN'));
  }
  return {
    project: given('TRACKIO_PROJECT') ?? 'turnwise',
    server,
    folder: given('TRACKIO_DIR') ?? join(cache, 'trackio'),
  };
}

/** Where a Space `owner/name` is served. */
function spaceUrl(space: string): string {
  if (!/^[\w.-]+\/[\w.-]+$/.test(space)) {
    throw new LoggerSettingsError('trackio', `TRACKIO_SPACE_ID is ${space}; it must be owner/name.`);
  }
  return `https://${space.toLowerCase().replaceAll(/[/_.]/g, '-')}.hf.space`;
}

/** An address that may have the token as trackio prints it: http://127.0.0.1:7860/?write_token=… */
function readServerUrl(text: string, token: string | undefined): TrackioServer {
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    throw new LoggerSettingsError('trackio', 'TRACKIO_SERVER_URL is no address; it looks like http://127.0.0.1:7860.');
  }
  if (!['http:', 'https:'].includes(url.protocol)) {
    throw new LoggerSettingsError('trackio', 'TRACKIO_SERVER_URL must begin with http:// or https://.');
  }
  const writeToken = token ?? url.searchParams.get('write_token') ?? undefined;
  const address = (url.origin + url.pathname).replace(/\/+$/, '');
  if (writeToken === undefined) {
    throw new LoggerSettingsError(
      'trackio',
      `there is no write token for ${address}. Set TRACKIO_WRITE_TOKEN, or TRACKIO_SERVER_URL to the address with write_token that "trackio show" prints.`,
    );
  }
  return { url: address, writeToken, huggingFaceToken: undefined };
}
