import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** The user's settings, in the environment variables that all Hugging Face libraries read. */

/** HF_ENDPOINT, or the public hub. */
export function hubUrl(): string {
  return process.env['HF_ENDPOINT'] || 'https://huggingface.co';
}

/** Whether HF_HUB_OFFLINE (or TRANSFORMERS_OFFLINE) forbids to ask the network. */
export function isOffline(): boolean {
  const value = process.env['HF_HUB_OFFLINE'] || process.env['TRANSFORMERS_OFFLINE'] || '';
  return ['1', 'ON', 'YES', 'TRUE'].includes(value.toUpperCase());
}

/** HF_HUB_CACHE, or `hub` in HF_HOME, or in the user's own cache folder. */
export async function cacheFolder(): Promise<string> {
  const { getHFHubCachePath } = await import('@huggingface/hub');
  return expandHome(getHFHubCachePath());
}

/** HF_TOKEN, or the token that `hf auth login` keeps; undefined without one. */
export async function accessToken(): Promise<string | undefined> {
  const own = (process.env['HF_TOKEN'] || process.env['HUGGING_FACE_HUB_TOKEN'] || '').trim();
  if (own !== '') return own;
  const home =
    process.env['HF_HOME'] ?? join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'huggingface');
  const file = expandHome(process.env['HF_TOKEN_PATH'] ?? join(home, 'token'));
  const kept = await readFile(file, 'utf8').catch(() => '');
  return kept.trim() || undefined;
}

/** `~` and `~/…` as a shell reads them. */
export function expandHome(path: string): string {
  return path === '~' || path.startsWith('~/') ? join(homedir(), path.slice(1)) : path;
}
