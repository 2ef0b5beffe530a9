import { readFileSync } from 'node:fs';
import { all, type Field, one, readMessage } from '../read-protobuf.test-support.ts';

/** The records of a file run-ID.wandb: LevelDB's log format by its description, with a checksum computed bit by bit. */
export function readLog(path: string): Field[][] {
  return readLogRecords(readFileSync(path)).map(readMessage);
}

/** The records of such a file, as bytes. */
export function readLogRecords(file: Buffer): Buffer[] {
  if (file.subarray(0, 7).toString('latin1') !== ':W&B\xe1\xbe\0') throw new Error('no file of W&B');
  const records: Buffer[] = [];
  let parts: Buffer[] = [];
  for (let at = 7; at < file.length; ) {
    const room = 32768 - (at % 32768);
    if (room < 7) {
      if (file.subarray(at, at + room).some((byte) => byte !== 0))
        throw new Error(`what fills a block is not 0 at ${at}`);
      at += room;
      continue;
    }
    const [sum, length, type] = [file.readUInt32LE(at), file.readUInt16LE(at + 4), file[at + 6]];
    if (length + 7 > room) throw new Error(`a piece over the end of a block at ${at}`);
    if (checksum(file.subarray(at + 6, at + 7 + length)) !== sum) throw new Error(`checksum at ${at}`);
    // Full, first, middle, last.
    if ((type === 1 || type === 2) !== (parts.length === 0)) throw new Error(`a piece out of order at ${at}`);
    parts.push(file.subarray(at + 7, at + 7 + length));
    if (type === 1 || type === 4) {
      records.push(Buffer.concat(parts));
      parts = [];
    }
    at += 7 + length;
  }
  if (parts.length > 0) throw new Error('the last record is cut short');
  return records;
}

/** What a record is: header, run, history, summary, exit. */
export function kindOf(record: readonly Field[]): string {
  const kinds: Readonly<Record<number, string>> = { 2: 'history', 3: 'summary', 17: 'run', 18: 'exit', 21: 'header' };
  return record
    .map(({ field }) => kinds[field])
    .filter((kind) => kind !== undefined)
    .join();
}

/** Names and JSON values of a history record. */
export function historyOf(record: readonly Field[]): Record<string, string> {
  const history = readMessage(one(record, 2)!.bytes);
  return Object.fromEntries(
    all(history, 1).map(({ bytes }) => {
      const item = readMessage(bytes);
      return [one(item, 2)!.bytes.toString(), one(item, 16)!.bytes.toString()];
    }),
  );
}

/** CRC-32 of zlib, bit by bit. */
function checksum(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  }
  return ~crc >>> 0;
}
