import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type Limits, parseJson, Template, TemplateError, toPython, type Value } from '../../text/jinja/index.ts';
import { CheckpointError } from './checkpoint-error.ts';
import { parseJsonObject, readModelFile, readOptionalModelFile } from './model-file.ts';

/** A call of a tool in a message of an assistant, as the OpenAI API writes it. */
export interface ChatToolCall {
  readonly id?: string;
  readonly type?: 'function';
  readonly function: {
    readonly name: string;
    /** An object, or JSON of one. */
    readonly arguments: string | Readonly<Record<string, unknown>>;
  };
}

/** A message of a conversation, as the OpenAI API writes it. Templates see further fields as well. */
export interface ChatMessage {
  readonly role: 'system' | 'user' | 'assistant' | 'tool';
  readonly content: string | null;
  readonly tool_calls?: readonly ChatToolCall[];
  /** Of the tool that answers. */
  readonly name?: string;
  /** Which call a tool answers. */
  readonly tool_call_id?: string;
  /** What an assistant thought before it answered. */
  readonly reasoning_content?: string;
}

export interface ChatOptions {
  /** Tools that may be called, as JSON schemas in the form of the OpenAI API. */
  readonly tools?: readonly unknown[];
  /** The text ends where an assistant's answer begins. Default false. */
  readonly addGenerationPrompt?: boolean;
  /** Further variables of the template, such as `enable_thinking`; they go before special tokens of the same name. */
  readonly variables?: Readonly<Record<string, unknown>>;
  /** Which template, where a model has several. Default: `tool_use` with tools where there is one, else `default`. */
  readonly template?: string;
  /** What the template takes for now, in the time zone of the process. Default: now. */
  readonly now?: Date;
  /** How much the template may do. */
  readonly limits?: Limits;
}

/** The texts of the files that hold chat templates. */
export interface ChatTemplateFiles {
  /** `tokenizer_config.json` */
  readonly config: string;
  /** `chat_template.jinja`, where there is one. */
  readonly chatTemplate?: string;
  /** Files of `additional_chat_templates` by their names without `.jinja`. */
  readonly additional?: ReadonlyMap<string, string>;
}

const CONFIG = 'tokenizer_config.json';
const JINJA = 'chat_template.jinja';
const ADDITIONAL = 'additional_chat_templates';

/** Special tokens that templates see, under these names. */
const SPECIAL = ['bos_token', 'eos_token', 'unk_token', 'sep_token', 'pad_token', 'cls_token', 'mask_token'] as const;

/** Variables that are given otherwise. */
const OWN_VARIABLES = ['messages', 'tools', 'add_generation_prompt'];

interface NamedTemplate {
  readonly template: Template;
  /** Where it is, for messages. */
  readonly place: Place;
}

interface Place {
  readonly file: string;
  readonly field?: string;
}

/**
 * The chat templates of a model: how a conversation becomes one text. Rendering gives what `apply_chat_template` of transformers
 * gives, to the character, on these terms:
 *
 * - A message whose content is null has the empty text, as with vLLM; transformers 5 leaves the field out, upon which templates
 *   that add it to another text fail. Other fields that are null are left out, as with both.
 * - Arguments of tool calls that are JSON are read first, as with vLLM (empty ones are `{}`, and an empty list of calls is
 *   left out); transformers takes them as they are, and templates would then write JSON of a JSON text. Numbers keep their
 *   form: 1.0 stays 1.0. White space in the arguments does not stay.
 * - Of objects, keys that are integers come first, since JavaScript has them so; arguments that are JSON keep their order.
 *
 * Templates are programs by strangers. They run in an interpreter of our own that reaches nothing outside and stops, with an
 * error, after about a second of work, 2^27 characters of text or 150 nested calls (`ChatOptions.limits`); a template longer than 2^18
 * characters is refused.
 */
export class ChatTemplate {
  /** Names of the templates; one alone is `default`. */
  readonly names: readonly string[];
  private readonly templates: ReadonlyMap<string, NamedTemplate>;
  private readonly special: Readonly<Record<string, string>>;
  private readonly folder: string;

  /**
   * @param folder where the files come from, for messages
   * @throws CheckpointError when there is no template in them, or a broken one, naming its file and line
   */
  constructor(files: ChatTemplateFiles, folder: string) {
    this.folder = folder;
    const file = join(folder, CONFIG);
    const config = parseJsonObject(files.config, file);
    this.special = specialTokens(config, file);
    const sources = templatesOf(files, config, folder);
    if (sources === undefined) {
      const problem = 'it has no chat template. Models trained to chat have one; give the prompt as text to others.';
      throw new CheckpointError(problem, { file, field: 'chat_template' });
    }
    this.templates = new Map([...sources].map(([name, [source, place]]) => [name, compile(source, place)]));
    this.names = [...this.templates.keys()];
  }

  /**
   * The chat templates of a model folder, from where transformers takes them: `chat_template.jinja` and
   * `additional_chat_templates`, or else `chat_template` in tokenizer_config.json, a text or a list of named texts. Undefined
   * where there are none.
   *
   * @throws CheckpointError when one is broken, naming its file and line
   */
  static async read(folder: string): Promise<ChatTemplate | undefined> {
    const config = (await readOptionalModelFile(folder, CONFIG)) ?? '{}';
    const chatTemplate = await readOptionalModelFile(folder, JINJA);
    const additional = await readAdditional(folder);
    const files = { config, ...(chatTemplate === undefined ? {} : { chatTemplate }), additional };
    const parsed = parseJsonObject(config, join(folder, CONFIG));
    return templatesOf(files, parsed, folder) === undefined ? undefined : new ChatTemplate(files, folder);
  }

  /**
   * The text of a conversation.
   *
   * @throws CheckpointError naming the template's file and line when the template raises an exception (its message says why it
   *   does not take the conversation), fails, or does more than it may; RangeError when there are no messages, or arguments of a
   *   tool call are not JSON; TypeError when something is given that JSON cannot hold
   */
  render(messages: readonly ChatMessage[], options: ChatOptions = {}): string {
    return this.renderWith(messages, options, (text) => text);
  }

  /** As `render`, every text in messages, tools and variables changed first, apart from the names of fields. */
  renderWith(messages: readonly ChatMessage[], options: ChatOptions, change: (text: string) => string): string {
    if (messages.length === 0) throw new RangeError('A conversation needs at least one message.');
    const { tools, addGenerationPrompt = false, variables = {}, now, limits } = options;
    for (const name of OWN_VARIABLES) {
      if (name in variables) throw new RangeError(`variables: "${name}" is given by an argument or option of its own.`);
    }
    const all = new Map<string, Value>([
      ...Object.entries(this.special),
      ['documents', null],
      ...Object.entries(variables).map(([name, value]): [string, Value] => [
        name,
        changed(toPython(value, `variables.${name}`), change),
      ]),
      ['messages', messages.map((message, i) => changed(messageValue(message, `messages[${i}]`), change))],
      ['tools', tools === undefined ? null : changed(toPython(tools, 'tools'), change)],
      ['add_generation_prompt', addGenerationPrompt],
    ]);
    const { template, place } = this.find(options);
    try {
      return template.render(all, { now, limits });
    } catch (error) {
      throw refused(error, place);
    }
  }

  /** The text and strings of the template that the options name. */
  literals(options: ChatOptions = {}): readonly string[] {
    return this.find(options).template.literals;
  }

  private find({ template: name, tools }: ChatOptions): NamedTemplate {
    const wanted = name ?? (tools !== undefined && this.templates.has('tool_use') ? 'tool_use' : 'default');
    const found = this.templates.get(wanted);
    if (found !== undefined) return found;
    const problem = `there is no chat template "${wanted}". Say which to use: ${this.names.join(', ')}.`;
    throw new CheckpointError(problem, { file: this.folder, field: 'chat_template' });
  }
}

type Sources = Map<string, [source: string, place: Place]>;

function templatesOf(
  files: ChatTemplateFiles,
  config: Readonly<Record<string, unknown>>,
  folder: string,
): Sources | undefined {
  const { chatTemplate, additional = new Map<string, string>() } = files;
  if (chatTemplate !== undefined || additional.size > 0) {
    const sources: Sources = new Map();
    if (chatTemplate !== undefined) sources.set('default', [chatTemplate, { file: join(folder, JINJA) }]);
    for (const [name, source] of additional) {
      sources.set(name, [source, { file: join(folder, ADDITIONAL, `${name}.jinja`) }]);
    }
    return sources;
  }
  const place = { file: join(folder, CONFIG), field: 'chat_template' };
  const value = config['chat_template'];
  if (value == null) return undefined;
  if (typeof value === 'string') return new Map([['default', [value, place]]]);
  if (Array.isArray(value) && value.length > 0 && value.every(isNamed)) {
    return new Map(value.map(({ name, template }) => [name, [template, place]]));
  }
  throw new CheckpointError('`chat_template` must be a text, or a list of objects with `name` and `template`.', place);
}

function isNamed(value: unknown): value is { name: string; template: string } {
  if (value === null || typeof value !== 'object') return false;
  const { name, template } = value as Record<string, unknown>;
  return typeof name === 'string' && typeof template === 'string';
}

function specialTokens(config: Readonly<Record<string, unknown>>, file: string): Record<string, string> {
  const tokens: Record<string, string> = {};
  for (const name of SPECIAL) {
    const value = config[name];
    if (value == null) continue;
    const content = typeof value === 'object' ? (value as Record<string, unknown>)['content'] : value;
    if (typeof content !== 'string') {
      throw new CheckpointError(`\`${name}\` must be a text, or an object with \`content\`.`, { file, field: name });
    }
    tokens[name] = content;
  }
  return tokens;
}

function compile(source: string, place: Place): NamedTemplate {
  try {
    return { template: new Template(source), place };
  } catch (error) {
    throw refused(error, place);
  }
}

/** What the user is told of an error in a template. */
function refused(error: unknown, place: Place): unknown {
  if (!(error instanceof TemplateError)) return error;
  const what = place.field === undefined ? 'the chat template' : `\`${place.field}\``;
  return new CheckpointError(`${what}, ${error.message}`, place, { cause: error });
}

async function readAdditional(folder: string): Promise<ReadonlyMap<string, string>> {
  const additional = new Map<string, string>();
  const directory = join(folder, ADDITIONAL);
  let names: string[];
  try {
    names = await readdir(directory);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return additional;
    throw error;
  }
  for (const name of names.sort()) {
    if (name.endsWith('.jinja')) additional.set(name.slice(0, -'.jinja'.length), await readModelFile(directory, name));
  }
  return additional;
}

/** Names under which what an assistant thought is given; templates read the first. */
const REASONING = ['reasoning_content', 'thinking', 'reasoning'] as const;

function messageValue(message: ChatMessage, path: string): Value {
  const { content, tool_calls: calls, ...rest } = message;
  const fields = Object.entries({
    ...message,
    content: content ?? '',
    tool_calls: calls == null || calls.length === 0 ? undefined : calls.map((call, i) => readCall(call, i, path)),
  }).filter(([, value]) => value != null);
  const reasoning = REASONING.map((name) => (rest as Record<string, unknown>)[name]).find((value) => value != null);
  const aliases = reasoning === undefined ? {} : { reasoning_content: reasoning };
  const first = reasoning === undefined ? {} : { thinking: reasoning };
  return toPython({ ...first, ...Object.fromEntries(fields), ...aliases }, path);
}

/** A call whose arguments are no longer JSON. */
function readCall(call: ChatToolCall, index: number, path: string): unknown {
  const given = call.function?.arguments as unknown;
  if (given != null && typeof given !== 'string') return call;
  const text = (given ?? '') as string;
  try {
    return { ...call, function: { ...call.function, arguments: text === '' ? new Map() : parseJson(text) } };
  } catch (error) {
    const where = `${path}.tool_calls[${index}].function.arguments`;
    const problem = `${where} is not JSON (${(error as Error).message}). Give an object, or JSON of one.`;
    throw new RangeError(problem, { cause: error });
  }
}

function changed(value: Value, change: (text: string) => string): Value {
  if (typeof value === 'string') return change(value);
  if (Array.isArray(value)) return value.map((item) => changed(item, change));
  if (value instanceof Map) return new Map([...value].map(([name, item]) => [name, changed(item, change)]));
  return value;
}
