import { InvalidArgumentError } from 'commander';
import { accessToken } from '../hub/hub-settings.ts';
import { LOGGER_NAMES, type LoggerName, type PreparedLogger, prepareLoggers } from '../runs/loggers/index.ts';

export type LoggerChoice = readonly LoggerName[];

/** Reads `--logger tensorboard,wandb`, which may be given several times; `none` is an empty choice. */
export function loggerOption(text: string, before: LoggerChoice = []): LoggerChoice {
  const names = text
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '' && name !== 'none');
  const unknown = names.find((name) => !(LOGGER_NAMES as readonly string[]).includes(name));
  if (unknown !== undefined) throw new InvalidArgumentError(`there are ${LOGGER_NAMES.join(', ')} and none`);
  return [...new Set([...before, ...(names as LoggerName[])])];
}

/** Loggers by their names, as the environment sets them up. @throws LoggerSettingsError */
export function prepare(names: LoggerChoice): Promise<PreparedLogger[]> {
  return prepareLoggers(names, { env: process.env, huggingFaceToken: accessToken });
}

export const LOGGERS_HELP = `Loggers (docs/loggers.md):
  tensorboard  event files in RUN/tensorboard; checked with tensorboard's own readers and server
  wandb        Weights & Biases, by WANDB_API_KEY (or the key that "wandb login" keeps), WANDB_PROJECT, WANDB_ENTITY, WANDB_MODE,
               WANDB_BASE_URL, WANDB_NAME, WANDB_RUN_GROUP, WANDB_JOB_TYPE, WANDB_TAGS, WANDB_NOTES. WANDB_MODE=offline writes an
               offline run for "wandb sync" (to WANDB_DIR, else into the run), checked with the official client. Online it makes the
               requests of the official client, checked against those on a server made for the tests, never against wandb.ai
  trackio      trackio's folder on this machine (TRACKIO_DIR), or a server (TRACKIO_SERVER_URL, TRACKIO_WRITE_TOKEN), both checked
               with the official package; or a Space that is there (TRACKIO_SPACE_ID), checked with a local server that takes itself
               for one. TRACKIO_PROJECT names the project
A logger that fails does not disturb the run: it is told, tried again, and what is missing can be sent later by turnwise log.`;
