import { randomBytes } from 'node:crypto';
import { DeliveryError, LoggerSettingsError } from '../errors.ts';
import type { LoggedRun, LoggerNotes, Preparation, PreparedLogger } from '../metric-logger.ts';
import type { TrackioRun } from './entries.ts';
import { TrackioInbox } from './inbox.ts';
import { mayWrite, TrackioRemote } from './server.ts';
import { readTrackioSettings } from './settings.ts';

/** How long the server may take to say whether it may be written to, milliseconds. */
const PATIENCE_MS = 5000;

/**
 * trackio, by its own environment variables: its folder on this machine, a server, or a Space that is there.
 *
 * @throws LoggerSettingsError where a setting cannot be right, a token is missing, or the server refuses it
 */
export async function prepareTrackio(preparation: Preparation): Promise<PreparedLogger> {
  const { server, project, folder } = await readTrackioSettings(preparation);
  const name = 'trackio';
  if (server === undefined) {
    return { name, start: async (run, notes) => new TrackioInbox(run, await identify(run, notes, project), folder) };
  }
  try {
    // A Space tells only who is logged in at its page.
    if (server.writeToken !== undefined && !(await mayWrite(server, new AbortController().signal, PATIENCE_MS))) {
      throw new LoggerSettingsError(
        name,
        `${server.url} refuses the write token. Set TRACKIO_WRITE_TOKEN to what "trackio show" prints there as write_token.`,
      );
    }
  } catch (error) {
    // Who cannot be reached now may be so later; the run is told when it comes to that.
    if (!(error instanceof DeliveryError)) throw error;
  }
  return {
    name,
    start: async (run, notes) => new TrackioRemote(run, await identify(run, notes, project), server),
  };
}

/** A run stays in the project and under the name it was begun with. */
async function identify(run: LoggedRun, notes: LoggerNotes, project: string): Promise<TrackioRun> {
  const known = [notes.get('project'), notes.get('name'), notes.get('id')];
  if (known.every((value) => typeof value === 'string')) {
    const [project, name, id] = known as string[];
    return { project, name, id };
  }
  const own = { project, name: run.name, id: randomBytes(16).toString('hex') };
  await notes.set(own);
  return own;
}
