import { randomInt } from 'node:crypto';
import { createInterface } from 'node:readline';
import { Command } from 'commander';
import pc from 'picocolors';
import { Conversation, loadModel, printable } from '../../serve/index.ts';
import { configSchema } from '../../training/config.ts';
import { loadConfig } from '../load-config.ts';
import { placeModel } from '../model-place.ts';
import { wholeNumber } from '../numbers.ts';
import { ProgressLine } from '../progress.ts';
import { engineOptions, SHIPPED_CHECKPOINT } from '../setup.ts';

interface ChatOptions {
  readonly checkpoint?: string;
  readonly system?: string;
  readonly seed?: number;
  readonly maxTokens?: number;
  readonly template?: string;
  readonly generationConfig?: boolean;
  readonly set?: string[];
}

const COMMANDS = `/reset            forget what was said
/system TEXT      what the model is told before everything; without a text, nothing
/temperature T    from 0 (the most likely token) to 2
/seed N           equal seeds give equal answers
/help             this
Ctrl-C stops the answer, Ctrl-D leaves.`;

export function chatCommand(): Command {
  return new Command('chat')
    .description('Talk with a model.')
    .option(
      '-m, --checkpoint <folder>',
      'model or adapter: a run (its last checkpoint), a folder or an id of the hub; default: the shipped one',
    )
    .option('--system <text>', 'what the model is told before everything')
    .option('--seed <number>', 'equal seeds give equal answers; default: drawn', wholeNumber(0, 2 ** 32 - 1))
    .option('--max-tokens <number>', 'tokens of one answer, at most; default: what fits', wholeNumber(1))
    .option('--template <file>', "chat template, a Jinja file; default: the model's own")
    .option('--generation-config', 'temperature and top_p of generation_config.json')
    .option('-s, --set <key=value...>', 'keys as for train: engine.device, engine.threads, engine.prefixBytes, …')
    .addHelpText('after', `\nIn the conversation:\n${COMMANDS}`)
    .action(run);
}

async function run(options: ChatOptions): Promise<void> {
  const config = await loadConfig(configSchema, { settings: options.set ?? [] });
  const line = new ProgressLine();
  const { folder, base } = await placeModel(options.checkpoint ?? SHIPPED_CHECKPOINT, { line });
  line.clear();
  const { model, description, notes } = await loadModel(folder, {
    base,
    template: options.template,
    generationConfig: options.generationConfig,
    engine: engineOptions(config),
  });
  const seed = options.seed ?? randomInt(2 ** 32);
  const conversation = new Conversation(model, seed, { maxTokens: options.maxTokens, truncatePrompts: false });
  conversation.system = options.system;
  for (const text of [description, ...notes, `seed ${seed}; /help for the commands`]) say(text);
  if (!model.chat) say('The model has no chat template: it continues each text by itself.');
  try {
    await converse(conversation);
  } finally {
    await model.policy.close();
  }
}

async function converse(conversation: Conversation): Promise<void> {
  const terminal = process.stdin.isTTY === true && process.stdout.isTTY === true;
  const input = createInterface({ input: process.stdin, ...(terminal && { output: process.stdout }), terminal });
  let answering: AbortController | undefined;
  input.on('SIGINT', () => {
    if (answering) answering.abort();
    else {
      say('\nCtrl-D leaves.');
      input.prompt();
    }
  });
  if (terminal) input.prompt();
  for await (const line of input) {
    const text = line.trim();
    try {
      if (text.startsWith('/')) say(command(conversation, text));
      else if (text !== '') {
        answering = new AbortController();
        await answer(conversation, text, answering.signal);
      }
    } catch (error) {
      // What a person can mend does not end the conversation.
      if (!String((error as { code?: unknown }).code).startsWith('TURNWISE_')) throw error;
      say((error as Error).message);
    }
    answering = undefined;
    if (terminal) input.prompt();
  }
}

async function answer(conversation: Conversation, text: string, signal: AbortSignal): Promise<void> {
  const { finish } = await conversation.ask(text, (piece) => process.stdout.write(printable(piece)), signal);
  process.stdout.write('\n');
  if (finish === 'length') say('(cut off: no more tokens were allowed, or fit)');
  if (finish === 'cancelled') say('(stopped)');
}

/** Obeys a command; the answer is for the person. */
function command(conversation: Conversation, line: string): string {
  const [, name, rest] = /^\/(\S*)\s*(.*)$/.exec(line)!;
  if (name === 'reset') {
    conversation.reset();
    return 'forgotten';
  }
  if (name === 'system') {
    conversation.system = rest === '' ? undefined : rest;
    return rest === '' ? 'no system text' : 'system text set';
  }
  if (name === 'temperature') {
    const value = Number(rest);
    if (rest !== '' && !(value >= 0 && value <= 2)) return 'the temperature must be a number from 0 to 2';
    if (rest !== '') conversation.temperature = value;
    return `temperature ${conversation.temperature}`;
  }
  if (name === 'seed') {
    if (rest !== '' && !(/^\d+$/.test(rest) && Number(rest) < 2 ** 32))
      return 'the seed must be a whole number below 2³²';
    if (rest !== '') conversation.seed = Number(rest);
    return `seed ${conversation.seed}`;
  }
  return COMMANDS;
}

/** Tells the person something that is no answer. */
function say(text: string): void {
  process.stderr.write(`${pc.dim(text)}\n`);
}
