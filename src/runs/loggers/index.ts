import type { Preparation, PreparedLogger } from './metric-logger.ts';
import { prepareTensorboard } from './tensorboard.ts';
import { prepareTrackio } from './trackio/index.ts';
import { prepareWandb } from './wandb/index.ts';

/** Metric loggers: what brings the metrics of a run to TensorBoard, W&B and trackio. */
export { DeliveryError, LoggerSettingsError } from './errors.ts';
export type {
  LoggedIteration,
  LoggedRun,
  LoggerNotes,
  MetricLogger,
  Preparation,
  PreparedLogger,
  RunEnd,
} from './metric-logger.ts';
export { type Replayed, replayRun } from './replay.ts';
export { RunLoggers, type RunLoggersOptions } from './run-loggers.ts';

const KINDS = {
  tensorboard: prepareTensorboard,
  wandb: prepareWandb,
  trackio: prepareTrackio,
} as const satisfies Record<string, (preparation: Preparation) => PreparedLogger | Promise<PreparedLogger>>;

export type LoggerName = keyof typeof KINDS;

export const LOGGER_NAMES = Object.keys(KINDS) as readonly LoggerName[];

/**
 * Reads the settings of loggers from the environment and, for those with a server, asks it whether it takes them.
 *
 * @throws LoggerSettingsError where one cannot work as it is set up
 */
export async function prepareLoggers(
  names: readonly LoggerName[],
  preparation: Preparation,
): Promise<PreparedLogger[]> {
  return Promise.all([...new Set(names)].map((name) => KINDS[name](preparation)));
}
