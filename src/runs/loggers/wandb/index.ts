import { randomBytes } from 'node:crypto';
import { DeliveryError, LoggerSettingsError } from '../errors.ts';
import type { LoggerNotes, Preparation, PreparedLogger } from '../metric-logger.ts';
import { OfflineWandb } from './offline.ts';
import { acceptsKey, OnlineWandb } from './online.ts';
import { appUrl, readWandbSettings } from './settings.ts';

/** How long the server may take to say whether it takes the key, milliseconds. */
const PATIENCE_MS = 5000;

/**
 * Weights & Biases, by its own environment variables.
 *
 * @throws LoggerSettingsError where a setting cannot be right, a key is missing, or the server refuses it
 */
export async function prepareWandb({ env }: Preparation): Promise<PreparedLogger> {
  const settings = await readWandbSettings(env);
  const name = 'wandb';
  if (settings.mode === 'disabled') return { name, warning: 'wandb is switched off by WANDB_MODE=disabled' };
  if (settings.mode === 'offline') {
    return { name, start: async (run, notes) => new OfflineWandb(run, settings, await runId(notes)) };
  }
  try {
    if (!(await acceptsKey(settings, new AbortController().signal, PATIENCE_MS))) {
      throw new LoggerSettingsError(
        name,
        `${settings.baseUrl} refuses the key. Get yours at ${appUrl(settings.baseUrl)}/authorize and set WANDB_API_KEY.`,
      );
    }
  } catch (error) {
    // Who cannot be reached now may be so later; the run is told when it comes to that.
    if (!(error instanceof DeliveryError)) throw error;
  }
  return {
    name,
    start: async (run, notes) => new OnlineWandb(run, settings, await runId(notes), notes),
  };
}

/** The id of the run at W&B, for good: eight letters and digits, as W&B's own. */
async function runId(notes: LoggerNotes): Promise<string> {
  const known = notes.get('id');
  if (typeof known === 'string') return known;
  const id = Array.from(randomBytes(8), (byte) => (byte % 36).toString(36)).join('');
  await notes.set({ id });
  return id;
}
