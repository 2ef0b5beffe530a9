import { realpathSync } from 'node:fs';
import { RunDatabase, RunDatabaseError, writeParquet } from '../../database/index.ts';
import { isReplaceable } from '../../runs/index.ts';
import { embedData, readPageFiles, singleFile, ViewerData, ViewerError } from '../../viewer/index.ts';
import { makeFolder } from '../make-folder.ts';
import { ProgressLine } from '../progress.ts';
import { interruptible } from '../setup.ts';
import { versions } from '../version.ts';
import { writeReport } from '../write-report.ts';

export interface ExportCommandOptions {
  readonly parquet?: string;
  readonly out?: string;
  readonly iteration?: number;
  readonly group?: string;
  readonly episode?: string;
  readonly evaluation?: string;
}

/** Writes runs as Parquet files, as a page, or both. */
export async function runExport(folders: readonly string[], options: ExportCommandOptions): Promise<void> {
  const { parquet, out } = options;
  if (parquet === undefined && out === undefined) {
    throw new ViewerError('Say what to write: --parquet FOLDER, --out FILE.html, or both.');
  }
  if (out !== undefined && !/\.html?$/i.test(out) && (await isReplaceable(out))) {
    throw new ViewerError(`--out ${out}: it is a page that is written. Give a name that ends in .html.`);
  }
  // Before anything is read: without the page there is nothing to be written.
  const page = out === undefined ? undefined : await readPageFiles();
  const line = new ProgressLine();
  const signal = interruptible((text) => line.say(text), 'stopping; no half of a file is left.');
  if (parquet !== undefined) await makeFolder(parquet);
  const database = await RunDatabase.open(folders, {
    detail: parquet === undefined ? 'nothing' : 'steps',
    ...(parquet === undefined ? {} : { writable: realpathSync(parquet) }),
  });
  try {
    if (database.runs.size === 0) throw new RunDatabaseError(`There are no runs in ${folders.join(', ')}.`);
    await database.readEpisodes({
      signal,
      onProgress: ({ done, files, episodes }) =>
        line.show(`reading episodes: ${done}/${files} files, ${episodes.toLocaleString('en')} episodes`),
    });
    line.clear();
    if (parquet !== undefined) {
      await writeParquet(database, realpathSync(parquet), ({ path, rows }) => {
        line.say(`${path}: ${rows.toLocaleString('en')} ${rows === 1 ? 'row' : 'rows'}`);
        signal.throwIfAborted();
      });
    }
    if (out !== undefined) {
      const { iteration, group, episode, evaluation: kind } = options;
      const origin = { turnwise: versions().turnwise, createdAt: new Date().toISOString() };
      const data = await embedData(database, new ViewerData(database), { kind, iteration, group, episode }, origin);
      const html = singleFile(page!, data);
      await writeReport(out, html);
      line.say(`${out}: ${(Buffer.byteLength(html) / 1e6).toFixed(1)} MB`);
      for (const sentence of data.leftOut) line.say(`  ${sentence}`);
    }
    const problems = [...database.runs.values()].reduce((sum, r) => sum + r.problems.length, 0);
    if (problems > 0)
      line.say(
        `${problems} ${problems === 1 ? 'place' : 'places'} of the runs cannot be read: turnwise sql … "FROM problems"`,
      );
  } finally {
    line.clear();
    await database.close();
  }
}
