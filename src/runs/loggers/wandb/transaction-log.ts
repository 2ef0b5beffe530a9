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
  let begun = false;
  do {
    let room = BLOCK - (position % BLOCK);
    if (room < HEADER) {
      // No piece begins so near a block's end.
      parts.push(new Uint8Array(room));
      position += room;
      room = BLOCK;
    }
    const to = Math.min(record.length, from + room - HEADER);
    const whole = to === record.length;
    const type = begun ? (whole ? LAST : MIDDLE) : whole ? FULL : FIRST;
    // A piece may hold nothing, where just its header has room.
    begun = true;
    const data = record.subarray(from, to);
    const piece = Buffer.alloc(HEADER + data.length);
    piece.writeUInt16LE(data.length, 4);
    piece[6] = type;
    piece.set(data, HEADER);
    piece.writeUInt32LE(crc32(piece.subarray(6)), 0);
    parts.push(piece);
    position += piece.length;
    from = to;
  } while (from < record.length);
  return Buffer.concat(parts);
}
