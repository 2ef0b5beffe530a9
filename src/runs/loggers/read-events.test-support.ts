import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { all, one, readMessage } from './read-protobuf.test-support.ts';

export interface ReadEvent {
  readonly wallTime: number;
  readonly step: number;
  readonly version: string | undefined;
  readonly start: boolean;
  readonly scalars: Readonly<Record<string, number>>;
  readonly texts: Readonly<Record<string, string>>;
  /** Content of plugin data, by tag. */
  readonly plugins: Readonly<Record<string, { readonly plugin: string; readonly content: Buffer }>>;
}

/** CRC-32C bit by bit, and the mask that TensorFlow puts on it. */
export function maskedChecksum(bytes: Uint8Array): number {
  let crc = 0xffffffffn;
  for (const byte of bytes) {
    crc ^= BigInt(byte);
    for (let bit = 0; bit < 8; bit++) crc = crc & 1n ? (crc >> 1n) ^ 0x82f63b78n : crc >> 1n;
  }
  crc ^= 0xffffffffn;
  return Number((((crc >> 15n) | (crc << 17n)) + 0xa282ead8n) & 0xffffffffn);
}

/** The events of a file. @throws where a checksum or a length is wrong */
export function readEventFile(path: string): ReadEvent[] {
  const file = readFileSync(path);
  const events: ReadEvent[] = [];
  for (let at = 0; at < file.length; ) {
    const length = Number(file.readBigUInt64LE(at));
    if (file.readUInt32LE(at + 8) !== maskedChecksum(file.subarray(at, at + 8))) throw new Error(`length at ${at}`);
    const data = file.subarray(at + 12, at + 12 + length);
    if (file.readUInt32LE(at + 12 + length) !== maskedChecksum(data)) throw new Error(`event at ${at}`);
    events.push(readEvent(data));
    at += 12 + length + 4;
  }
  return events;
}

export function eventFiles(folder: string): string[] {
  return readdirSync(folder)
    .filter((name) => name.includes('tfevents'))
    .sort()
    .map((name) => join(folder, name));
}

/** Curves as TensorBoard shows them: [step, value], without what a later beginning made void. */
export function curves(folder: string): Record<string, [number, number][]> {
  const shown: Record<string, [number, number][]> = {};
  for (const event of eventFiles(folder).flatMap(readEventFile)) {
    if (event.start) {
      for (const tag of Object.keys(shown)) {
        shown[tag] = shown[tag].filter(([step]) => step < event.step);
        if (shown[tag].length === 0) delete shown[tag];
      }
    }
    for (const [tag, value] of Object.entries(event.scalars)) {
      shown[tag] ??= [];
      shown[tag].push([event.step, value]);
    }
  }
  return shown;
}

function readEvent(data: Buffer): ReadEvent {
  const event = readMessage(data);
  const scalars: Record<string, number> = {};
  const texts: Record<string, string> = {};
  const plugins: Record<string, { plugin: string; content: Buffer }> = {};
  const summary = one(event, 5);
  for (const { bytes } of summary === undefined ? [] : all(readMessage(summary.bytes), 1)) {
    const value = readMessage(bytes);
    const tag = one(value, 1)!.bytes.toString();
    const [scalar, tensor, metadata] = [2, 8, 9].map((field) => one(value, field));
    if (scalar !== undefined) scalars[tag] = scalar.bytes.readFloatLE();
    if (tensor === undefined || metadata === undefined) continue;
    const data = readMessage(one(readMessage(metadata.bytes), 1)!.bytes);
    const plugin = one(data, 1)!.bytes.toString();
    if (plugin === 'text') texts[tag] = one(readMessage(tensor.bytes), 8)!.bytes.toString();
    else plugins[tag] = { plugin, content: one(data, 2)!.bytes };
  }
  const session = one(event, 7);
  return {
    wallTime: one(event, 1)!.bytes.readDoubleLE(),
    step: Number(one(event, 2)!.varint),
    version: one(event, 3)?.bytes.toString(),
    start: session !== undefined && one(readMessage(session.bytes), 1)?.varint === 1n,
    scalars,
    texts,
    plugins,
  };
}
