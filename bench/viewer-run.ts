import { assignCredit, batchFromEpisodes, splitByEpisode } from '../src/credit/index.ts';
import type { Suite, Task } from '../src/environments/environment.ts';
import { randomCommand } from '../src/environments/random-command.ts';
import { openSuite } from '../src/environments/registry.ts';
import { RunFolder, type StoredEpisode, type StoredStep } from '../src/runs/index.ts';
import { Random } from '../src/text/random.ts';

const TASKS = 16;
const GROUP = 8;
/** Words a model thinks in. */
const WORDS =
  'the need find look check first then maybe should already put take heat clean cool open closed drawer shelf counter place because nothing here go back next room object goal step try again where it is on in at so far seen holding'.split(
    ' ',
  );

/**
 * A run of household episodes as a model that thinks aloud would leave it: an expert that slips less and less from iteration to
 * iteration, and a thought of some 25 words, never twice the same, before every action.
 *
 * @param tokens whether token ids and log-probabilities are stored: a prompt of some 200 and a response of some 35 tokens
 */
export async function writeViewerRun(
  path: string,
  iterations: number,
  tokens = false,
): Promise<{ episodes: number; steps: number }> {
  const suite = await openSuite('household', {});
  const tasks = suite.tasks(suite.defaults.train);
  const run = await RunFolder.create(
    path,
    { seed: 1, iterations, environment: { name: suite.name }, credit: { algorithm: 'gagpo', options: {} } },
    { turnwise: '0', packages: {}, seed: 1, commandLine: [] },
  );
  let count = 0;
  for (let i = 1; i <= iterations; i++) {
    const slips = 0.6 - (0.5 * i) / iterations;
    const episodes: StoredEpisode[] = [];
    for (let g = 0; g < TASKS; g++) {
      const task = tasks[((i - 1) * TASKS + g) % tasks.length];
      for (let e = 0; e < GROUP; e++) {
        const group = `r0g${String(g).padStart(3, '0')}`;
        const random = Random.of(i, 'viewer bench', g, e);
        episodes.push({ group, id: `${group}t00${e}`, ...(await play(suite, task, slips, random, tokens)) });
      }
    }
    const batch = batchFromEpisodes(episodes);
    const advantages = splitByEpisode(batch, assignCredit(batch, 'gagpo').advantages);
    await run.writeEpisodes(
      i,
      episodes.map((episode, e) => ({ ...episode, advantages: advantages[e] })),
      { tokens: tokens ? 'all' : 'none' },
    );
    await run.appendMetrics(i, {
      'episode/success_rate': episodes.filter((e) => e.success).length / episodes.length,
      'timing_s/step': 10,
      'perf/total_num_tokens': batch.steps * 300,
    });
    count += batch.steps;
  }
  await run.close();
  return { episodes: iterations * TASKS * GROUP, steps: count };
}

async function play(
  suite: Suite,
  task: Task,
  slips: number,
  random: Random,
  tokens: boolean,
): Promise<Omit<StoredEpisode, 'group'>> {
  const environment = suite.create();
  const expert = suite.expert!(task, 'explore');
  const steps: StoredStep[] = [];
  let turn = await environment.reset(task, 1);
  for (;;) {
    const right = expert.act(turn);
    const action = random.next() < slips ? randomCommand(turn, random) : right;
    const result = await environment.step(action);
    const thought = Array.from({ length: 15 + random.below(20) }, () => random.pick(WORDS)).join(' ');
    steps.push({
      observation: turn.observation,
      action,
      completion: `<think>${thought}</think><action>${action}</action>`,
      reward: result.reward,
      valid: turn.admissible.includes(action),
      stopped: true,
      ...(tokens && tokensOf(thought, random)),
    });
    turn = result;
    if (!result.done) continue;
    return {
      task: { id: task.id, type: task.type, split: task.split },
      success: result.success,
      truncated: result.end === 'step-limit',
      end: result.end,
      steps,
      finalObservation: result.observation,
    };
  }
}

function tokensOf(thought: string, random: Random): Pick<StoredStep, 'prompt' | 'response' | 'logprobs'> {
  const ids = (count: number): Int32Array => Int32Array.from({ length: count }, () => random.below(150_000));
  const response = ids(thought.split(' ').length + 10);
  return {
    prompt: ids(150 + random.below(100)),
    response,
    logprobs: Float32Array.from(response, () => Math.log(1 - random.next() ** 4)),
  };
}
