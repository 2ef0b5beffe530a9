import { once } from 'node:events';
import { RunDatabase } from '../../database/index.ts';
import { readPageFiles, startViewer } from '../../viewer/index.ts';
import { ProgressLine } from '../progress.ts';
import { report } from '../report-error.ts';
import { interruptible } from '../setup.ts';
import { openBrowser } from './open-browser.ts';

export interface ViewCommandOptions {
  readonly port: number;
  readonly open: boolean;
}

/** Serves the viewer until it is interrupted. */
export async function runView(folders: readonly string[], { port, open }: ViewCommandOptions): Promise<void> {
  const line = new ProgressLine();
  // Before anything is read: without the page there is nothing to be seen.
  const page = await readPageFiles();
  const database = await RunDatabase.open(folders, { detail: 'search' });
  try {
    const signal = interruptible((text) => line.say(text), 'closing the viewer.');
    const viewer = await startViewer(database, { page, port, onError: report });
    const { size } = database.runs;
    line.say(`${size} ${size === 1 ? 'run' : 'runs'} in ${folders.join(', ')}. Ctrl-C ends the viewer.`);
    console.log(viewer.url);
    if (open && process.stdout.isTTY) openBrowser(viewer.url);
    if (!signal.aborted) await once(signal, 'abort');
    await viewer.close();
  } finally {
    await database.close();
  }
}
