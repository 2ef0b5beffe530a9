import { crc32 } from 'node:zlib';

/**
 * The file of an offline run, run-ID.wandb: LevelDB's log format in blocks of 32 KiB, with 7 bytes of W&B's own before the first block's content
 * and the checksum of zlib (core/pkg/leveldb in github.com/wandb/wandb).
 */

const BLOCK = 32 * 1024;
const HEADER = 7;
const FULL = 1;
const FIRST = 2;
const MIDDLE = 3;
const LAST = 4;

/** What the file begins with: ":W&B", a magic number, version 0. */
export const LOG_HEAD: Uint8Array = Uint8Array.of(0x3a, 0x57, 0x26, 0x42, 0xe1, 0xbe, 0);

/**
 * A record, cut into the pieces it needs in its place.
 *
 * @param at bytes before it in the file
 */
export function encodeLogRecord(record: Uint8Array, at: number): Buffer {
  const parts: Uint8Array[] = [];
  let position = at;
  let from = 0;
  do {
    let room = BLOCK - (position % BLOCK);
    if (room < HEADER) {
      // No piece begins so near a block's end.
      parts.push(new Uint8Array(room));
      position += room;
      room = BLOCK;
    }
    const to = Math.min(record.length, from + room - HEADER);
    const type = from === 0 ? (to === record.length ? FULL : FIRST) : to === record.length ? LAST : MIDDLE;
    const data = record.subarray(from, to);
    const header = Buffer.alloc(HEADER);
    header.writeUInt32LE(crc32(data, crc32(Uint8Array.of(type))), 0);
    header.writeUInt16LE(data.length, 4);
    header[6] = type;
    parts.push(header, data);
    position += HEADER + data.length;
    from = to;
  } while (from < record.length);
  return Buffer.concat(parts);
}
