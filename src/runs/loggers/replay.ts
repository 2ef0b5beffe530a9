import type { RunFolder } from '../run-folder.ts';
import { readStatus } from '../status.ts';
import { Delivery } from './delivery.ts';
import { DeliveryError } from './errors.ts';
import type { PreparedLogger } from './metric-logger.ts';
import { NotesFile } from './notes.ts';
import { recordedIterations } from './recorded.ts';
import { loggedRun } from './run-loggers.ts';

/** What is sent in one go may take so long, milliseconds. */
const PATIENCE = 600_000;

export interface Replayed {
  /** Records that the logger was sent. */
  readonly sent: number;
  /** Records of the run; the others were there before. */
  readonly recorded: number;
  /** Where they can be seen. */
  readonly look: string;
}

/**
 * Sends the recorded metrics of a run to a logger: what it does not have yet, or all of them. The run may have been trained without it.
 *
 * @throws DeliveryError where not everything could be delivered; RecordError where metrics.jsonl is broken
 */
export async function replayRun(
  run: RunFolder,
  { name, start }: PreparedLogger,
  { all = false, patienceMs = PATIENCE }: { readonly all?: boolean; readonly patienceMs?: number } = {},
): Promise<Replayed> {
  if (start === undefined) throw new DeliveryError(`${name} is switched off by its settings`, true);
  const records = await recordedIterations(run);
  if (records.length === 0) throw new DeliveryError(`${run.path} has no metrics to send`, true);
  const notes = await NotesFile.open(run.path, name);
  if (all) await notes.set({ delivered: undefined });
  const logger = await start(await loggedRun(run), notes);
  const delivery = new Delivery({
    name,
    logger,
    notes,
    past: records,
    next: records[records.length - 1].iteration + 1,
    onFailure: () => undefined,
  });
  const state = (await readStatus(run.path))?.state ?? 'finished';
  await delivery.finish(state === 'running' ? 'failed' : state, patienceMs);
  if (delivery.waiting > 0 || delivery.unfinished) {
    throw new DeliveryError(
      `${name}: ${delivery.delivered} of ${records.length} iterations sent. ${delivery.lastFailure?.message ?? `there was no end to it within ${patienceMs / 1000} s`}`,
      true,
    );
  }
  return { sent: delivery.delivered, recorded: records.length, look: logger.look() };
}
