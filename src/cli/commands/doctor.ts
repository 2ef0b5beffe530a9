import { Command } from 'commander';
import pc from 'picocolors';
import type { Suite } from '../../environments/environment.ts';
import { openSuite } from '../../environments/registry.ts';
import { parseSettings } from '../load-config.ts';
import { duration, ProgressLine } from '../progress.ts';
import { interruptible } from '../setup.ts';
import { table } from '../table.ts';

interface DoctorOptions {
  readonly environment: string;
  readonly data?: string;
  readonly set?: string[];
}

/** Problems shown one by one; of more, the rest is counted. */
const SHOWN = 20;

export function doctorCommand(): Command {
  return new Command('doctor')
    .description('Check the data of an environment: what it holds, which release it is, what is broken.')
    .requiredOption('-e, --environment <name>', 'environment (turnwise environments)')
    .option('-d, --data <path>', "the environment's official data, zip or folder")
    .option('-s, --set <key=value...>', 'options of the environment')
    .addHelpText('after', '\nEnds with 1 when something is broken.')
    .action(run);
}

async function run(options: DoctorOptions): Promise<void> {
  const line = new ProgressLine();
  const signal = interruptible((text) => line.say(text), 'stopping.');
  const started = performance.now();
  const suite = await openSuite(options.environment, {
    ...parseSettings(options.set ?? []),
    ...(options.data === undefined ? {} : { data: options.data }),
  });
  try {
    console.log(`${suite.name}: ${suite.description}\n\n${countTasks(suite)}`);
    if (suite.inspect === undefined) {
      console.log('\nIts tasks are made, not read: there is no data to check.');
      return;
    }
    let said = performance.now();
    const { version, facts, problems } = await suite.inspect({
      signal,
      onProgress: (done, total) => {
        const now = performance.now();
        const left = duration((((now - started) / done) * (total - done)) / 1000);
        const text = `${done} of ${total} games, about ${left} left`;
        line.show(text);
        if (process.stderr.isTTY || now - said < 10_000) return;
        said = now;
        line.say(text);
      },
    });
    line.clear();
    console.log(
      `\nrelease  ${version}\n\n${table(
        ['about', 'found'],
        facts.map(([about, fact]) => [about, fact]),
      )}\n`,
    );
    for (const { where, problem } of problems.slice(0, SHOWN))
      console.log(`${pc.red('problem')}  ${where}: ${problem}`);
    if (problems.length > SHOWN) console.log(`… and ${problems.length - SHOWN} more`);
    const time = duration((performance.now() - started) / 1000);
    console.log(problems.length === 0 ? `Nothing is wrong · ${time}` : `${problems.length} problems · ${time}`);
    if (problems.length > 0) process.exitCode = 1;
  } finally {
    line.clear();
    await suite.close?.();
  }
}

/** Tasks per split and type. */
function countTasks(suite: Suite): string {
  const types = [...new Set(suite.splits.flatMap((split) => suite.tasks(split).map(({ type }) => type)))].sort();
  const rows = suite.splits.map((split) => {
    const tasks = suite.tasks(split);
    const of = (type: string): string => String(tasks.filter((task) => task.type === type).length);
    return [split, String(tasks.length), ...types.map(of)];
  });
  return table(['split', 'tasks', ...types], rows);
}
