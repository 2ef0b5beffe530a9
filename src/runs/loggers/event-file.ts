import { PbfWriter } from 'pbf';
import { crc32c } from './crc32c.ts';

/**
 * TensorBoard's event files: records of one protobuf Event each, as tensorflow/core/lib/io/record_writer and tensorboard/compat/proto
 * (event.proto, summary.proto, tensor.proto) define them, as far as they are needed here.
 */

/** One value of a summary. */
export type SummaryValue =
  /** A number of a curve, kept as float32. */
  | { readonly tag: string; readonly scalar: number }
  /** Text, shown as Markdown. */
  | { readonly tag: string; readonly text: string }
  /** Nothing but what a plugin of TensorBoard keeps with a tag. */
  | { readonly tag: string; readonly plugin: string; readonly content: Uint8Array };

export interface TensorboardEvent {
  /** Seconds since 1970. */
  readonly wallTime: number;
  readonly step: number;
  /** The first event of a file. */
  readonly fileVersion?: string;
  /** A process begins to write: what others wrote of this step and of later ones is void. */
  readonly start?: boolean;
  readonly summary?: readonly SummaryValue[];
}

export const FILE_VERSION = 'brain.Event:2';

const SESSION_START = 1;
const DT_FLOAT = 1;
const DT_STRING = 7;

/** A record: length (64 bits) and its checksum, the event and its checksum; little-endian. */
export function encodeEvent(event: TensorboardEvent): Buffer {
  const w = new PbfWriter();
  writeEvent(event, w);
  const data = w.finish();
  const record = Buffer.alloc(12 + data.length + 4);
  record.writeBigUInt64LE(BigInt(data.length), 0);
  record.writeUInt32LE(masked(crc32c(record.subarray(0, 8))), 8);
  record.set(data, 12);
  record.writeUInt32LE(masked(crc32c(data)), 12 + data.length);
  return record;
}

/** A checksum of bytes that hold checksums is no good one: it is rotated by 15 bits and moved by a constant. */
export function masked(crc: number): number {
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}

function writeEvent({ wallTime, step, fileVersion, start, summary }: TensorboardEvent, w: PbfWriter): void {
  w.writeDoubleField(1, wallTime);
  w.writeVarintField(2, step);
  if (fileVersion !== undefined) w.writeStringField(3, fileVersion);
  if (summary !== undefined)
    w.writeMessage(5, (values) => values.forEach((v) => w.writeMessage(1, writeValue, v)), summary);
  if (start) w.writeMessage(7, () => w.writeVarintField(1, SESSION_START), undefined);
}

function writeValue(value: SummaryValue, w: PbfWriter): void {
  w.writeStringField(1, value.tag);
  if ('scalar' in value) {
    w.writeFloatField(2, value.scalar);
    return;
  }
  if ('text' in value) {
    w.writeMessage(8, writeTextTensor, value.text);
    w.writeMessage(9, writeMetadata, { plugin: 'text', content: new Uint8Array() });
    return;
  }
  w.writeMessage(8, writeEmptyTensor, undefined);
  w.writeMessage(9, writeMetadata, value);
}

/** A tensor of one string, shape []. */
function writeTextTensor(text: string, w: PbfWriter): void {
  w.writeVarintField(1, DT_STRING);
  w.writeMessage(2, () => undefined, undefined);
  w.writeBytesField(8, Buffer.from(text));
}

/** A tensor of no numbers, shape [0], for summaries that are metadata alone. */
function writeEmptyTensor(_: undefined, w: PbfWriter): void {
  w.writeVarintField(1, DT_FLOAT);
  w.writeMessage(2, () => w.writeMessage(2, () => w.writeVarintField(1, 0), undefined), undefined);
}

function writeMetadata(
  { plugin, content }: { readonly plugin: string; readonly content: Uint8Array },
  w: PbfWriter,
): void {
  w.writeMessage(
    1,
    () => {
      w.writeStringField(1, plugin);
      if (content.length > 0) w.writeBytesField(2, content);
    },
    undefined,
  );
}
