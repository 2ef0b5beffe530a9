import { existsSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { type Answer, ask, RunDatabase, SqlError } from '../../database/index.ts';
import { openOutput, STANDARD_INPUT } from '../../runs/index.ts';
import { ProgressLine } from '../progress.ts';
import { interruptible } from '../setup.ts';
import { describeTables } from './describe-tables.ts';
import { type Format, formatAnswer } from './format-answer.ts';

export interface SqlCommandOptions {
  readonly format: Format;
  readonly out?: string;
}

/** Answers a query over runs, or says what can be asked. @param words folders and, last, the query */
export async function runSql(words: readonly string[], { format, out }: SqlCommandOptions): Promise<void> {
  const { folders, query } = await split(words);
  if (query === undefined) {
    console.log(describeTables());
    return;
  }
  const line = new ProgressLine();
  const signal = interruptible((word) => line.say(word), 'stopping.');
  const database = await RunDatabase.open(folders, { detail: OF_STEPS.test(query) ? 'steps' : 'nothing' });
  try {
    if (database.runs.size === 0) throw new SqlError(`There are no runs in ${folders.join(', ')}.`);
    await readWhatIsAsked(database, query, line, signal);
    const rows = await ask(database, query, (answer) => write(answer, format, out), signal);
    if (out !== undefined) line.say(`${out}: ${rows.toLocaleString('en')} ${rows === 1 ? 'row' : 'rows'}`);
    const problems = [...database.runs.values()].reduce((sum, r) => sum + r.problems.length, 0);
    if (problems > 0) {
      line.say(`${problems} ${problems === 1 ? 'place' : 'places'} of the runs cannot be read: SELECT * FROM problems`);
    }
  } finally {
    line.clear();
    await database.close();
  }
}

/** The last word is the query, unless it is a folder as the others are. */
async function split(words: readonly string[]): Promise<{ folders: readonly string[]; query: string | undefined }> {
  const last = words.at(-1);
  if (last === undefined || (last !== STANDARD_INPUT && existsSync(last)))
    return { folders: orDefault(words), query: undefined };
  if (last.trim() === '') throw new SqlError('The query is empty. For the tables that can be asked: turnwise sql');
  if (last !== STANDARD_INPUT && !/\s/.test(last.trim())) {
    throw new SqlError(`${last} is neither a folder nor a query. A query has several words, in quotes: "FROM runs".`);
  }
  const query = last === STANDARD_INPUT ? await text(process.stdin) : last;
  return { folders: orDefault(words.slice(0, -1)), query };
}

function orDefault(folders: readonly string[]): readonly string[] {
  return folders.length === 0 ? ['runs'] : folders;
}

/** What is made of the files of episodes, which are many: they are read only where a query names it. */
const OF_EPISODES = /\b(episodes|steps|problems|store)\b/i;
const OF_STEPS = /\b(steps|store)\b/i;

async function readWhatIsAsked(
  database: RunDatabase,
  query: string,
  line: ProgressLine,
  signal: AbortSignal,
): Promise<void> {
  if (!OF_EPISODES.test(query)) return;
  await database.readEpisodes({
    signal,
    onProgress: ({ done, files, episodes }) =>
      line.show(`reading episodes: ${done}/${files} files, ${episodes.toLocaleString('en')} episodes`),
  });
  line.clear();
}

/** @returns how many rows there were */
async function write(answer: Answer, format: Format, out: string | undefined): Promise<number> {
  const writer = await openOutput(out, STANDARD_INPUT, true);
  let count = 0;
  const counted = async function* () {
    for await (const rows of answer.rows) {
      count += rows.length;
      yield rows;
    }
  };
  try {
    let number = 0;
    const lines = formatAnswer({ ...answer, rows: counted() }, format, out === undefined ? width() : undefined);
    for await (const line of lines) await writer.write(++number, line);
    await writer.close();
  } catch (error) {
    await writer.abandon();
    // Whoever read our output has had enough of it.
    if ((error as NodeJS.ErrnoException).code !== 'EPIPE') throw error;
  }
  return count;
}

/** Columns of the terminal, where there is one. */
function width(): number | undefined {
  return process.stdout.isTTY ? process.stdout.columns : undefined;
}
