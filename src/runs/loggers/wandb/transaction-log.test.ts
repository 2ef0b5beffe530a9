import { describe, expect, it } from 'vitest';
import { readLogRecords } from './read-log.test-support.ts';
import { encodeLogRecord, LOG_HEAD } from './transaction-log.ts';

const BLOCK = 32768;

function log(lengths: readonly number[]): { file: Buffer; records: Buffer[] } {
  const records = lengths.map((length, i) => Buffer.alloc(length, i + 1));
  let file = Buffer.from(LOG_HEAD);
  for (const record of records) file = Buffer.concat([file, encodeLogRecord(record, file.length)]);
  return { file, records };
}

describe('records of a log', () => {
  it.each([0, 1, 5, 6, 7, 8, 20])('are whole where a block has %i bytes left', (left) => {
    // The head, one record with its header, and the rest of the block.
    const first = BLOCK - LOG_HEAD.length - 7 - left;
    const { file, records } = log([first, 30, 0, 5]);
    expect(readLogRecords(file)).toEqual(records);
    expect(log([first]).file).toHaveLength(BLOCK - left);
  });

  it('may be longer than a block, and end where one ends', () => {
    // Three full blocks to their last byte: three headers and that of the file, and the 17 bytes of the record before.
    for (const length of [BLOCK, 3 * BLOCK - 3 * 7 - LOG_HEAD.length - 17]) {
      const { file, records } = log([10, length, 10, 0]);
      expect(readLogRecords(file)).toEqual(records);
    }
    expect(log([10, 3 * BLOCK - 3 * 7 - LOG_HEAD.length - 17]).file).toHaveLength(3 * BLOCK);
  });
});
