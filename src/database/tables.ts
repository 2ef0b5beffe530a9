import { quoted } from './quoted.ts';

/** A column as SQL sees it. */
export interface ColumnInfo {
  readonly name: string;
  /** DuckDB's. */
  readonly type: string;
  /** One sentence. */
  readonly description: string;
}

/** A table as SQL sees it. */
export interface TableInfo {
  readonly name: string;
  /** One sentence. */
  readonly description: string;
  readonly columns: readonly ColumnInfo[];
}

/** What SQL over runs can ask for. `metrics_wide` has one more column per metric, named as the metric. */
export const TABLES: readonly TableInfo[] = [
  table('runs', 'One row a run.', [
    ['run', 'VARCHAR', 'Name of the run: its folder, relative to where the runs were looked for.'],
    ['path', 'VARCHAR', 'Its folder.'],
    ['status', 'VARCHAR', 'running, finished, interrupted, failed, or stopped without a word.'],
    ['error', 'VARCHAR', 'Why it failed.'],
    ['environment', 'VARCHAR', 'Name of the environment.'],
    ['algorithm', 'VARCHAR', 'Name of the credit algorithm.'],
    ['seed', 'BIGINT', 'Decides every random choice of the run.'],
    ['started_at', 'TIMESTAMPTZ', 'When it was begun.'],
    ['iteration', 'INTEGER', 'Iterations done.'],
    ['iterations', 'INTEGER', 'Iterations to be done.'],
    ['experiment', 'VARCHAR', 'Equal for runs that differ in nothing but their seed and where their metrics go.'],
    ['config', 'JSON', "The configuration: config ->> '$.credit.algorithm'."],
    ['settings', 'MAP(VARCHAR, VARCHAR)', "The configuration with dotted keys: settings['rollout.groupSize']."],
  ]),
  table('metrics', 'One row a run, iteration and metric.', [
    ['run', 'VARCHAR', 'Name of the run.'],
    ['iteration', 'INTEGER', 'Iterations done when it was measured; 0 is before training.'],
    ['name', 'VARCHAR', 'Of the metric: episode/success_rate.'],
    ['value', 'DOUBLE', 'NULL where it was no finite number.'],
  ]),
  table('metrics_wide', 'One row a run and iteration, one column a metric: "episode/success_rate".', [
    ['run', 'VARCHAR', 'Name of the run.'],
    ['iteration', 'INTEGER', 'Iterations done when it was measured; 0 is before training.'],
  ]),
  table('evaluations', 'One row an evaluation on held-out tasks.', [
    ['run', 'VARCHAR', 'Name of the run.'],
    ['iteration', 'INTEGER', 'Iterations done before it.'],
    ['name', 'VARCHAR', 'held-out, held-out-1, …: one for each sampling seed.'],
    ['success_rate', 'DOUBLE', 'Share of the tasks that were solved, 0 to 1.'],
    ['score', 'DOUBLE', 'Mean score, where the environment grades.'],
    ['length', 'DOUBLE', 'Mean turns of an episode.'],
    ['invalid_share', 'DOUBLE', 'Share of turns whose action was invalid, 0 to 1.'],
    ['truncated_share', 'DOUBLE', 'Share of episodes that the step limit ended, 0 to 1.'],
    ['errors', 'INTEGER', 'Episodes lost to an environment that threw.'],
    ['episodes', 'INTEGER', 'Episodes played.'],
    ['by_type', 'JSON', 'Success rate and number of tasks by type of task.'],
  ]),
  table('episodes', 'One row an episode that is stored.', [
    ['run', 'VARCHAR', 'Name of the run.'],
    ['kind', 'VARCHAR', 'train, or the name of the evaluation: held-out.'],
    ['iteration', 'INTEGER', 'The iteration that it was played in, or after.'],
    ['position', 'INTEGER', 'Its place in the file, from 0.'],
    ['group_id', 'VARCHAR', 'Episodes of one task from one start share it.'],
    ['episode', 'VARCHAR', 'Its id, unique within run, kind and iteration.'],
    ['task', 'VARCHAR', 'Id of the task.'],
    ['task_type', 'VARCHAR', 'Family of the task.'],
    ['split', 'VARCHAR', 'Split that the task is of.'],
    ['success', 'BOOLEAN', 'Whether the task was solved.'],
    ['score', 'DOUBLE', 'How good it was, 0 to 1, where the environment grades.'],
    ['reward', 'DOUBLE', 'Sum of the rewards of its steps.'],
    ['steps', 'INTEGER', 'Turns.'],
    ['invalid', 'INTEGER', 'Turns whose action was invalid.'],
    ['truncated', 'BOOLEAN', 'Whether the step limit ended it.'],
    ['end_reason', 'VARCHAR', 'Why it ended: success, failure, step-limit, error.'],
    ['error', 'VARCHAR', 'What the environment threw.'],
    ['prompt_tokens', 'INTEGER', 'Tokens read, where they are stored.'],
    ['response_tokens', 'INTEGER', 'Tokens drawn, where they are stored.'],
    ['advantage_mean', 'DOUBLE', 'Mean of the advantages its steps were trained with.'],
    ['advantage_min', 'DOUBLE', 'The smallest.'],
    ['advantage_max', 'DOUBLE', 'The largest.'],
  ]),
  table('steps', 'One row a step (turn) of a stored episode.', [
    ['run', 'VARCHAR', 'Name of the run.'],
    ['kind', 'VARCHAR', 'train, or the name of the evaluation.'],
    ['iteration', 'INTEGER', 'The iteration that it was played in, or after.'],
    ['group_id', 'VARCHAR', 'Group of the episode.'],
    ['episode', 'VARCHAR', 'Id of the episode.'],
    ['step', 'INTEGER', 'Turn, from 0.'],
    ['observation', 'VARCHAR', 'What the agent saw.'],
    ['state', 'VARCHAR', 'Anchor state: equal where turns count as the same situation.'],
    ['action', 'VARCHAR', 'What it did.'],
    ['completion', 'VARCHAR', 'What the policy wrote, of which the action was read.'],
    ['reward', 'DOUBLE', 'Of this step alone.'],
    ['valid', 'BOOLEAN', 'Whether the action was valid.'],
    ['stopped', 'BOOLEAN', 'False when the response hit its token limit.'],
    ['advantage', 'DOUBLE', 'That it was trained with.'],
    ['prompt_tokens', 'INTEGER', 'Tokens of the prompt, where they are stored.'],
    ['response_tokens', 'INTEGER', 'Tokens of the response, where they are stored.'],
    ['dropped_tokens', 'INTEGER', 'Tokens that the prompt lost since it would not have fit.'],
    ['prompt', 'INTEGER[]', 'Token ids, where they are stored.'],
    ['response', 'INTEGER[]', 'Token ids, where they are stored.'],
    ['logprobs', 'FLOAT[]', "The sampler's log-probability of every response token, nats."],
  ]),
  table('problems', 'One row a file, or a line of one, that cannot be read.', [
    ['run', 'VARCHAR', 'Name of the run.'],
    ['file', 'VARCHAR', 'Path within the run folder.'],
    ['line', 'INTEGER', 'Counted from 1; NULL where it is the whole file.'],
    ['problem', 'VARCHAR', 'What is wrong.'],
  ]),
];

function table(name: string, description: string, columns: readonly [string, string, string][]): TableInfo {
  return { name, description, columns: columns.map(([n, type, d]) => ({ name: n, type, description: d })) };
}

/**
 * What the tables are views of. `run` and `file` are numbers given in the order of appearance; `episode` is unique over all
 * files. Rows of a file lie together, so that a range of files or episodes is found without reading the others.
 */
export const STORE = `
CREATE SCHEMA store;
CREATE TABLE store.runs (
  run INTEGER, name VARCHAR, path VARCHAR, status VARCHAR, error VARCHAR, environment VARCHAR, algorithm VARCHAR,
  seed BIGINT, started_at VARCHAR, iteration INTEGER, iterations INTEGER, experiment VARCHAR, config VARCHAR,
  settings MAP(VARCHAR, VARCHAR)
);
CREATE TABLE store.files (file INTEGER, run INTEGER, kind VARCHAR, iteration INTEGER);
CREATE TABLE store.metrics (run INTEGER, iteration INTEGER, name VARCHAR, value DOUBLE);
CREATE TABLE store.evaluations (
  run INTEGER, iteration INTEGER, name VARCHAR, success_rate DOUBLE, score DOUBLE, length DOUBLE, invalid_share DOUBLE,
  truncated_share DOUBLE, errors INTEGER, episodes INTEGER, by_type VARCHAR
);
CREATE TABLE store.episodes (
  file INTEGER, episode INTEGER, position INTEGER, group_id VARCHAR, id VARCHAR, task VARCHAR, task_type VARCHAR,
  split VARCHAR, success BOOLEAN, score DOUBLE, reward DOUBLE, steps INTEGER, invalid INTEGER, truncated BOOLEAN,
  end_reason VARCHAR, error VARCHAR, prompt_tokens INTEGER, response_tokens INTEGER, advantage_mean DOUBLE,
  advantage_min DOUBLE, advantage_max DOUBLE
);
CREATE TABLE store.steps (
  file INTEGER, episode INTEGER, step INTEGER, observation VARCHAR, state VARCHAR, action VARCHAR, completion VARCHAR,
  reward DOUBLE, valid BOOLEAN, stopped BOOLEAN, advantage DOUBLE, prompt_tokens INTEGER, response_tokens INTEGER,
  dropped_tokens INTEGER, prompt INTEGER[], response INTEGER[], logprobs FLOAT[]
);
CREATE TABLE store.texts (file INTEGER, episode INTEGER, signature BIT USING COMPRESSION uncompressed, folded VARCHAR);
CREATE TABLE store.problems (run INTEGER, file VARCHAR, line INTEGER, problem VARCHAR);

CREATE VIEW runs AS
  SELECT name AS run, path, status, error, environment, algorithm, seed, try_cast(started_at AS TIMESTAMPTZ) AS started_at,
    iteration, iterations, experiment, config::JSON AS config, settings
  FROM store.runs;
CREATE VIEW metrics AS
  SELECT r.name AS run, m.iteration, m.name, m.value FROM store.metrics m JOIN store.runs r USING (run);
CREATE VIEW evaluations AS
  SELECT r.name AS run, v.iteration, v.name, v.success_rate, v.score, v.length, v.invalid_share, v.truncated_share, v.errors,
    v.episodes, v.by_type::JSON AS by_type
  FROM store.evaluations v JOIN store.runs r USING (run);
CREATE VIEW episodes AS
  SELECT r.name AS run, f.kind, f.iteration, e.position, e.group_id, e.id AS episode, e.task, e.task_type, e.split, e.success,
    e.score, e.reward, e.steps, e.invalid, e.truncated, e.end_reason, e.error, e.prompt_tokens, e.response_tokens,
    e.advantage_mean, e.advantage_min, e.advantage_max
  FROM store.episodes e JOIN store.files f USING (file) JOIN store.runs r USING (run);
CREATE VIEW steps AS
  SELECT r.name AS run, f.kind, f.iteration, e.group_id, e.id AS episode, s.step, s.observation,
    coalesce(s.state, s.observation) AS state, s.action, s.completion, s.reward, s.valid, s.stopped, s.advantage,
    s.prompt_tokens, s.response_tokens, s.dropped_tokens, s.prompt, s.response, s.logprobs
  FROM store.steps s JOIN store.episodes e USING (episode) JOIN store.files f ON f.file = s.file
    JOIN store.runs r USING (run);
CREATE VIEW problems AS
  SELECT r.name AS run, p.file, p.line, p.problem FROM store.problems p JOIN store.runs r USING (run);
`;

/** The view `metrics_wide` for these metrics. A name that SQL cannot have, empty or with a null character, has no column there. */
export function metricsWide(names: readonly string[]): string {
  const possible = names.filter((name) => name !== '' && !name.includes('\0'));
  const columns = possible.map(
    (name) => `, max(value) FILTER (name = ${quoted(name)}) AS "${name.replaceAll('"', '""')}"`,
  );
  return `CREATE OR REPLACE VIEW metrics_wide AS SELECT run, iteration${columns.join('')} FROM metrics GROUP BY run, iteration`;
}
