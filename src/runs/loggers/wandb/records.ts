import { PbfWriter } from 'pbf';
import { type Row, wandbNumber } from './values.ts';

/** Records of an offline run: protobuf messages of wandb/proto/wandb_internal.proto, as far as they are needed here. */

export type WandbRecord =
  | { readonly kind: 'header'; readonly producer: string }
  | { readonly kind: 'run'; readonly run: RunFacts }
  | { readonly kind: 'history'; readonly row: Row }
  | { readonly kind: 'summary'; readonly row: Row }
  | { readonly kind: 'exit'; readonly code: number };

export interface RunFacts {
  readonly id: string;
  readonly entity: string | undefined;
  readonly project: string;
  readonly config: readonly (readonly [string, unknown])[];
  readonly name: string;
  readonly group: string | undefined;
  readonly jobType: string | undefined;
  readonly notes: string | undefined;
  readonly tags: readonly string[];
  readonly startedAt: Date;
}

/** The oldest server that can read it, as W&B's own client has it. */
const MIN_CONSUMER = '0.70.0';

/** @param num which record of the file it is, from 1 */
export function encodeRecord(record: WandbRecord, num: number): Uint8Array {
  const w = new PbfWriter();
  w.writeVarintField(1, num);
  if (record.kind === 'header') w.writeMessage(21, writeHeader, record.producer);
  else if (record.kind === 'run') w.writeMessage(17, writeRun, record.run);
  else if (record.kind === 'history') w.writeMessage(2, writeHistory, record.row);
  else if (record.kind === 'summary') w.writeMessage(3, writeItems, record.row);
  else w.writeMessage(18, (code) => w.writeVarintField(1, code), record.code);
  return w.finish();
}

function writeHeader(producer: string, w: PbfWriter): void {
  w.writeMessage(
    1,
    () => {
      w.writeStringField(1, producer);
      w.writeStringField(2, MIN_CONSUMER);
    },
    undefined,
  );
}

function writeRun(run: RunFacts, w: PbfWriter): void {
  w.writeStringField(1, run.id);
  if (run.entity !== undefined) w.writeStringField(2, run.entity);
  w.writeStringField(3, run.project);
  w.writeMessage(4, writeConfig, run.config);
  if (run.group !== undefined) w.writeStringField(6, run.group);
  if (run.jobType !== undefined) w.writeStringField(7, run.jobType);
  w.writeStringField(8, run.name);
  if (run.notes !== undefined) w.writeStringField(9, run.notes);
  for (const tag of run.tags) w.writeStringField(10, tag);
  w.writeMessage(17, writeTimestamp, run.startedAt.getTime());
}

function writeConfig(config: RunFacts['config'], w: PbfWriter): void {
  for (const [key, value] of config) {
    w.writeMessage(
      1,
      () => {
        w.writeStringField(1, key);
        w.writeStringField(16, JSON.stringify(value));
      },
      undefined,
    );
  }
}

/** @param milliseconds since 1970 */
function writeTimestamp(milliseconds: number, w: PbfWriter): void {
  w.writeVarintField(1, Math.floor(milliseconds / 1000));
  w.writeVarintField(2, (milliseconds % 1000) * 1e6);
}

function writeHistory(row: Row, w: PbfWriter): void {
  writeItems(row, w);
  w.writeMessage(2, () => w.writeVarintField(1, row['_step']), undefined);
}

/** Names with values; a name is a path of one key, so that what is in it means nothing. */
function writeItems(row: Row, w: PbfWriter): void {
  for (const [name, value] of Object.entries(row)) {
    w.writeMessage(
      1,
      () => {
        w.writeStringField(2, name);
        w.writeStringField(16, wandbNumber(value));
      },
      undefined,
    );
  }
}
