import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { Command, Option } from 'commander';
import { checkExposure, loadModel, SERVE_DEFAULTS, startServer } from '../../serve/index.ts';
import { configSchema } from '../../training/config.ts';
import { loadConfig } from '../load-config.ts';
import { placeModel } from '../model-place.ts';
import { positiveNumber, wholeNumber } from '../numbers.ts';
import { ProgressLine } from '../progress.ts';
import { report } from '../report-error.ts';
import { engineOptions, interruptible, SHIPPED_CHECKPOINT } from '../setup.ts';

interface ServeCommandOptions {
  readonly checkpoint?: string;
  readonly host: string;
  readonly port: number;
  readonly apiKey?: string;
  readonly insecure?: boolean;
  readonly modelName?: string;
  readonly template?: string;
  readonly trustSpecialTokens?: boolean;
  readonly generationConfig?: boolean;
  readonly maxBody: number;
  readonly bodyTimeout: number;
  readonly maxTokens?: number;
  readonly maxQueue: number;
  readonly truncatePrompt?: 'left';
  readonly set?: string[];
}

const MEGABYTE = 2 ** 20;

export function serveCommand(): Command {
  const { host, port, maxBody, bodyTimeout, maxQueue } = SERVE_DEFAULTS;
  return new Command('serve')
    .description("Serve a model to OpenAI's clients: /v1/completions, /v1/chat/completions, /v1/models, /health.")
    .option(
      '-m, --checkpoint <folder>',
      'model or adapter: a run (its last checkpoint), a folder or an id of the hub; default: the shipped one',
    )
    .option('--host <address>', 'address to listen on; others than this machine need a key', host)
    .option('-p, --port <number>', '0 takes any that is free', wholeNumber(0, 65_535), port)
    .addOption(new Option('--api-key <key>', 'key that requests must carry').env('TURNWISE_API_KEY'))
    .option('--insecure', 'let other machines in without a key')
    .option('--model-name <name>', "what clients call the model; default: the folder's name, or the id")
    .option('--template <file>', "chat template, a Jinja file; default: the model's own")
    .option('--trust-special-tokens', 'special tokens in messages are those tokens, not plain text')
    .option('--generation-config', 'temperature and top_p of generation_config.json where a request has none')
    .option('--max-tokens <number>', 'tokens of one completion, at most; default: what fits', wholeNumber(1))
    .option('--max-queue <number>', 'completions that wait or run, at most', wholeNumber(1), maxQueue)
    .option('--max-body <megabytes>', 'size of a request, at most', positiveNumber, maxBody / MEGABYTE)
    .option('--body-timeout <seconds>', 'how long a request may take to arrive', positiveNumber, bodyTimeout / 1000)
    .addOption(
      new Option(
        '--truncate-prompt <side>',
        'cut prompts that do not fit at their beginning, instead of refusing',
      ).choices(['left']),
    )
    .option(
      '-s, --set <key=value...>',
      'keys as for train: engine.device, engine.threads, engine.slots, engine.prefixBytes, …',
    )
    .addHelpText(
      'after',
      '\nCtrl-C takes no more requests and lets those that run finish, for ten seconds; once more ends at once.',
    )
    .action(run);
}

async function run(options: ServeCommandOptions): Promise<void> {
  const config = await loadConfig(configSchema, { settings: options.set ?? [] });
  const line = new ProgressLine();
  const access = {
    host: options.host,
    insecure: options.insecure === true,
    ...(options.apiKey !== undefined && { apiKey: options.apiKey }),
  };
  // Before a large model is read.
  checkExposure(access);
  const signal = interruptible((text) => line.say(text), 'finishing what runs. Again to stop at once.');
  const checkpoint = options.checkpoint ?? SHIPPED_CHECKPOINT;
  const { folder, base } = await placeModel(checkpoint, { line, signal });
  const { model, description, notes } = await loadModel(folder, {
    name: options.modelName ?? (existsSync(checkpoint) ? basename(resolve(checkpoint)) : checkpoint),
    base,
    template: options.template,
    trustSpecialTokens: options.trustSpecialTokens,
    generationConfig: options.generationConfig,
    engine: engineOptions(config),
  });
  try {
    signal.throwIfAborted();
    line.say(description);
    for (const note of notes) line.say(note);
    if (!model.chat)
      line.say('The model has no chat template: it serves /v1/completions alone, unless --template FILE gives one.');
    const server = await startServer(model, {
      ...access,
      port: options.port,
      maxBody: options.maxBody * MEGABYTE,
      bodyTimeout: options.bodyTimeout * 1000,
      maxQueue: options.maxQueue,
      tokens: { maxTokens: options.maxTokens, truncatePrompts: options.truncatePrompt === 'left' },
      onError: report,
    });
    console.log(`${model.name} is served at ${server.url}/v1`);
    if (!signal.aborted) await once(signal, 'abort');
    await server.close();
  } finally {
    await model.policy.close();
  }
}
