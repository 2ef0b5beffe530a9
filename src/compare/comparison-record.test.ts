import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { comparisonSchema, planComparison } from './comparison.ts';
import { type ComparisonRecord, extendRecord, readRecord, recordOf } from './comparison-record.ts';
import { reportPlan } from './report-plan.ts';

const record = (input: object): ComparisonRecord => {
  const comparison = comparisonSchema.parse(input);
  return recordOf(comparison, planComparison(comparison).cells);
};
const all = (): boolean => true;
const none = (): boolean => false;
const ids = ({ cells }: ComparisonRecord): string[] => cells.map(({ id }) => id);

test('alone, a comparison is shown in one panel under its title', () => {
  const plan = reportPlan(record({ algorithms: ['grpo', 'gagpo'], seeds: 2 }));
  expect(plan).toMatchObject({ title: 'Comparison', threshold: 0.8, environments: ['household'] });
  expect(plan.panels).toEqual([{ title: 'Comparison', variants: ['grpo', 'gagpo'], baseline: 'grpo' }]);
});

test('what a folder has is kept beside new variants, and reported with them', () => {
  const before = record({ title: 'Two', algorithms: ['grpo', 'rloo'], seeds: 1, threshold: 0.7, baseline: 'rloo' });
  const both = extendRecord(before, record({ algorithms: ['gagpo'], seeds: 2 }), all);
  expect(ids(both)).toEqual([
    'grpo/household/seed1',
    'rloo/household/seed1',
    'gagpo/household/seed1',
    'gagpo/household/seed2',
  ]);
  const plan = reportPlan(both);
  expect(plan).toMatchObject({ title: 'Two', threshold: 0.7 });
  expect(plan.panels).toEqual([{ title: 'Two', variants: ['grpo', 'rloo', 'gagpo'], baseline: 'rloo' }]);
  // What the later command says itself goes first.
  const said = record({ title: 'Three', algorithms: ['gagpo'], seeds: 1, threshold: 0.9, baseline: 'grpo' });
  expect(reportPlan(extendRecord(before, said, all))).toMatchObject({
    title: 'Three',
    threshold: 0.9,
    panels: [{ title: 'Three', baseline: 'grpo' }],
  });
});

test('a command that is given again leaves the order as it was, and so the baseline', () => {
  const first = record({ algorithms: ['grpo', 'rloo'], seeds: 1 });
  const both = extendRecord(first, record({ algorithms: ['gagpo'], seeds: 1 }), all);
  expect(reportPlan(extendRecord(both, record({ algorithms: ['rloo', 'grpo'], seeds: 2 }), all)).panels).toEqual([
    { title: 'Comparison', variants: ['grpo', 'rloo', 'gagpo'], baseline: 'grpo' },
  ]);
  // All of it defined anew, the order is the new one.
  expect(
    reportPlan(extendRecord(both, record({ algorithms: ['gagpo', 'rloo', 'grpo'], seeds: 1 }), all)).variants,
  ).toEqual(['gagpo', 'rloo', 'grpo']);
});

test('what never began goes with its definition, and what has begun stays', () => {
  const before = record({ algorithms: ['grpo', 'rloo'], seeds: 3 });
  const begun = (id: string): boolean => ['grpo/household/seed3', 'rloo/household/seed1'].includes(id);
  expect(ids(extendRecord(before, record({ algorithms: ['grpo'], seeds: 1 }), begun))).toEqual([
    'grpo/household/seed1',
    'grpo/household/seed3',
    // A variant that has begun, with the runs of it that have not.
    'rloo/household/seed1',
    'rloo/household/seed2',
    'rloo/household/seed3',
  ]);
  expect(ids(extendRecord(before, record({ algorithms: ['gagpo'], seeds: 1 }), none))).toEqual([
    'gagpo/household/seed1',
  ]);
});

test('earlier panels stay for earlier variants, and variants in no panel have one', () => {
  const panel = (title: string, ...variants: string[]) => ({ title, variants });
  const before = record({
    algorithms: ['grpo', 'rloo', 'gigpo'],
    panels: [panel('A', 'grpo', 'rloo'), panel('B', 'grpo')],
  });
  const both = reportPlan(extendRecord(before, record({ algorithms: ['gagpo', 'grpo'] }), all));
  expect(both.panels).toEqual([
    { title: 'A', variants: ['grpo', 'rloo'], baseline: 'grpo' },
    { title: 'Other variants', variants: ['gigpo', 'gagpo'], baseline: 'gigpo' },
  ]);
  // Defined anew as a whole, it is shown as it says now.
  const anew = extendRecord(
    before,
    record({ algorithms: ['grpo', 'rloo', 'gigpo'], panels: [panel('C', 'rloo')] }),
    all,
  );
  expect(reportPlan(anew).panels.map(({ title }) => title)).toEqual(['C', 'Other variants']);
});

test('runs are told seed after seed, whichever command they are of', () => {
  const both = extendRecord(
    record({ algorithms: ['grpo'], seeds: 2 }),
    record({ algorithms: ['gagpo'], seeds: 2 }),
    all,
  );
  expect(reportPlan(both).cells.map(({ id }) => id)).toEqual([
    'grpo/household/seed1',
    'gagpo/household/seed1',
    'grpo/household/seed2',
    'gagpo/household/seed2',
  ]);
});

test.each([
  [{ algorithms: ['gagpo'], baseline: 'gigpo' }, 'baseline "gigpo" is none of the variants: gagpo, grpo'],
  [
    { algorithms: ['gagpo'], panels: [{ title: 'P', variants: ['grpo', 'rloo'] }] },
    'panel "P" names "rloo", which is none of the variants: gagpo, grpo',
  ],
  [{ algorithms: ['gagpo'], panels: [1, 2].map(() => ({ title: 'P', variants: ['grpo'] })) }, 'panel "P" occurs twice'],
  [{ variants: [{ name: 'GRPO' }] }, 'variant "GRPO" would have the folder of "grpo"'],
  [
    { algorithms: ['gagpo'], environments: [{ name: 'household', label: 'Household' }] },
    'environment "Household" would have the folder of "household"',
  ],
])('%j on a folder with grpo is refused', (input, message) => {
  expect(() => extendRecord(record({ algorithms: ['grpo'] }), record(input), all)).toThrow(message);
});

test('is read from its folder; what is none is refused', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'turnwise-'));
  try {
    const write = (value: unknown): void => writeFileSync(join(folder, 'comparison.json'), JSON.stringify(value));
    expect(await readRecord(folder)).toBe(undefined);
    const written = record({ title: 'T', algorithms: ['grpo', 'gagpo'], seeds: 2 });
    write({ ...written, settings: [], versions: {} });
    expect(await readRecord(folder)).toEqual(written);
    // Of a program that wrote the panel that is implied.
    write({ ...written, panels: [{ title: 'T', variants: ['grpo', 'gagpo'], baseline: 'gagpo' }] });
    expect(await readRecord(folder)).toEqual({ ...written, baseline: 'gagpo' });
    write({ cells: [{ id: 'x' }] });
    await expect(readRecord(folder)).rejects.toThrow(/comparison\.json: it is no comparison \(cells\.0\.variant: /);
    writeFileSync(join(folder, 'comparison.json'), '{');
    await expect(readRecord(folder)).rejects.toThrow(/it is no comparison \(.*JSON/);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
