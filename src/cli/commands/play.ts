import { createInterface } from 'node:readline/promises';
import { Command } from 'commander';
import pc from 'picocolors';
import { Random } from '../../text/random.ts';
import { configSchema } from '../../training/config.ts';
import { loadConfig } from '../load-config.ts';
import { openSetup, SplitError } from '../setup.ts';

interface PlayOptions {
  readonly environment: string;
  readonly data?: string;
  readonly task?: string;
  readonly set?: string[];
}

export function playCommand(): Command {
  return new Command('play')
    .description('Play an environment yourself.')
    .option('-e, --environment <name>', 'environment (turnwise environments)', 'household')
    .option('-d, --data <path>', "the environment's official data, zip or folder")
    .option('-t, --task <id>', 'task; default: a random one of the held-out split')
    .option(
      '-s, --set <key=value...>',
      'keys as for train: environment.options.difficulty, environment.evaluateSplit, …',
    )
    .addHelpText('after', '\nType a command, ? for the list of commands, an empty line or Ctrl-D to leave.')
    .action(play);
}

async function play(options: PlayOptions): Promise<void> {
  const config = await loadConfig(configSchema, {
    settings: [
      `environment.name=${JSON.stringify(options.environment)}`,
      ...(options.data === undefined ? [] : [`environment.data=${JSON.stringify(options.data)}`]),
      ...(options.set ?? []),
    ],
  });
  const { suite, heldOut } = await openSetup(config);
  const all = suite.splits.flatMap((split) => suite.tasks(split));
  const task =
    options.task === undefined ? new Random(Date.now() >>> 0).pick(heldOut) : all.find((t) => t.id === options.task);
  if (!task) throw new SplitError(`${suite.name} has no task ${options.task}; for example ${heldOut[0].id}`);
  const environment = suite.create(
    config.environment.maxSteps === undefined ? {} : { maxSteps: config.environment.maxSteps },
  );
  const input = createInterface({ input: process.stdin, output: process.stdout, terminal: process.stdin.isTTY });
  let turn = await environment.reset(task);
  console.log(pc.dim(`task ${task.id}`));
  console.log(turn.observation);
  let steps = 0;
  process.stdout.write('> ');
  for await (const text of input) {
    const command = text.trim();
    if (command === '') break;
    if (command === '?') {
      console.log(pc.dim([...(turn.templates ?? []), ...turn.admissible].join('\n')));
    } else {
      const result = await environment.step(command);
      turn = result;
      steps++;
      console.log(result.observation);
      if (result.done) {
        const score = result.score === undefined ? '' : ` Score ${result.score.toFixed(3)}.`;
        console.log(
          result.success
            ? pc.green(`Solved in ${steps} steps, reward ${result.reward}.${score}`)
            : pc.yellow(`Over after ${steps} steps: ${result.end}.${score}`),
        );
        for (const [name, value] of Object.entries(result.info ?? {})) console.log(pc.dim(`${name}  ${value}`));
        break;
      }
    }
    process.stdout.write('> ');
  }
  input.close();
  await suite.close?.();
}
