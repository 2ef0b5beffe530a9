import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { openAlfworld } from '../environments/alfworld/index.ts';
import type { Environment, StepResult, Suite, Task, Turn } from '../environments/environment.ts';
import { openHousehold } from '../environments/household/index.ts';
import { openWebShop } from '../environments/webshop/index.ts';
import { Random } from '../text/random.ts';
import { AgentError, agentKind, agentList, MemoryAgent, ShopAgent, ThinkAgent, UnknownWordingError } from './index.ts';
import { looseNames, tightNames } from './memory/prompt.ts';

const zip = fileURLToPath(new URL('../../../shared/data/alfworld/json_2.1.3_tw-pddl.zip', import.meta.url));
if (!existsSync(zip)) console.log(`skipped: the memory agent on ALFWorld; there is no ${zip}`);

const task: Task = { id: 't', type: 'pick', split: 'train' };

function result(observation: string, admissible: string[] = []): StepResult {
  return { observation, admissible, reward: 0, done: false, success: false };
}

describe('think', () => {
  const project = (completion: string) => new ThinkAgent({ history: 2 }).project(completion);

  it('takes the first action between its tags, in lower case', () => {
    expect(project('<think>Hm.</think><action> Go To Shelf 1 </action>')).toEqual({
      action: 'go to shelf 1',
      valid: true,
    });
    expect(project('<think>a</think><action>one</action><action>two</action>')).toEqual({ action: 'one', valid: true });
  });

  it('is invalid without thoughts, with ideographs or without tags, and then acts all the same', () => {
    expect(project('<action>look</action>')).toEqual({ action: 'look', valid: false });
    expect(project('<think>看</think><action>look</action>')).toEqual({ action: 'look', valid: false });
    expect(project('I would rather just go to the shelf number 1')).toEqual({
      action: 'ather just go to the shelf number 1'.slice(-30),
      valid: false,
    });
    expect(project('')).toEqual({ action: '', valid: false });
  });

  it('shows the task, the last turns, what is seen and what can be done', () => {
    const agent = new ThinkAgent({ history: 2 });
    agent.begin(task, { observation: 'A hall.\n\nYour task is to: find a cup.', admissible: ['help', 'look'] });
    expect(agent.prompt()).toContain('Your task: find a cup.');
    expect(agent.prompt()).toContain("'look'");
    expect(agent.prompt()).not.toContain("'help'");
    for (const k of [1, 2, 3]) agent.observe(`act ${k}`, result(`seen ${k}`));
    const prompt = agent.prompt();
    expect(prompt).not.toContain('act 1');
    expect(prompt).toMatch(/step 2\] you saw: seen 1\n\[step 2\] you did: act 2/);
    expect(prompt).toContain('You now see: seen 3');
    expect(agent.state()).toBe('seen 3');
  });
});

describe('think in the shop', () => {
  const page = (text: string, menu: string[]): StepResult => ({ ...result(text), menu });

  it('shows the page after the instruction in quotes, and the actions as the page lists them', () => {
    const agent = new ThinkAgent({ history: 2 });
    agent.begin(
      task,
      page('WebShop [SEP] Instruction: [SEP] buy a lamp [SEP] Search', ['search[<your query>]', 'click[search]']),
    );
    expect(agent.prompt()).toContain('Your task: buy a lamp\n');
    expect(agent.prompt()).toContain("You now see: 'Search'\n");
    expect(agent.prompt()).toContain("[\n'search[<your query>]',\n'click[search]',\n]");
    agent.observe('search[lamp]', page('Instruction: [SEP] buy a lamp [SEP] Back to Search [SEP] Page 1', []));
    expect(agent.state()).toBe("'Back to Search' [SEP] 'Page 1'");
    expect(agent.prompt()).toContain("you saw: 'Search'\n");
    agent.observe('click[buy now]', page('Thank you!', []));
    expect(agent.state()).toBe('Thank you!');
    expect(agent.project('x'.repeat(40))).toEqual({ action: 'x'.repeat(20), valid: false });
  });

  it('leaves the past out of a prompt that would be too long', () => {
    const agent = new ThinkAgent({ history: 2 });
    agent.begin(task, page('WebShop [SEP] Instruction: [SEP] buy [SEP] Search', []));
    agent.observe('search[a]', page(`Instruction: [SEP] buy [SEP] ${'y'.repeat(7000)}`, []));
    expect(agent.prompt()).toContain('[step 1]');
    agent.observe('search[b]', page(`Instruction: [SEP] buy [SEP] ${'z'.repeat(7000)}`, []));
    expect(agent.prompt()).not.toContain('[step');
    expect(agent.prompt().length).toBeLessThan(13_000);
  });
});

describe('shop', () => {
  it('says what an expert does in its own words, and reads them back', async () => {
    const suite = await openWebShop();
    for (const t of suite.tasks('valid').slice(0, 40)) {
      for (const kind of ['explore', 'plan'] as const) {
        const environment = suite.create();
        const expert = suite.expert(t, kind);
        const agent = agentKind('shop').create();
        let turn: Turn | StepResult = await environment.reset(t);
        agent.begin(t, turn);
        while (!('done' in turn && turn.done)) {
          const action = expert.act(turn);
          expect(agent.project(agent.demonstrate(action)), agent.prompt()).toEqual({ action, valid: true });
          const next = await environment.step(action);
          agent.observe(action, next);
          turn = next;
        }
      }
    }
  });

  it('remembers what products lack, what is chosen and what is still needed', () => {
    const agent = new ShopAgent({ state: 'memory', validity: 'admissible' });
    const see = (text: string, clicks: string[]): StepResult => ({
      ...result(
        text,
        clicks.map((c) => `click[${c}]`),
      ),
      templates: ['search[<your query>]'],
    });
    const head = 'Instruction: [SEP] x [SEP] Back to Search [SEP]';
    agent.begin(task, {
      observation:
        'WebShop [SEP] Instruction: [SEP] Find me warm wool socks with color: moss green, and price lower than 20.00 dollars [SEP] Search',
      admissible: [],
      templates: ['search[<your query>]'],
    });
    expect(agent.prompt()).toBe('want warm wool socks\npick color moss green\nunder 20\npage search\nstep 1\ndo');
    agent.observe(
      'search[socks]',
      see(
        `${head} Page 1 (Total results: 2) [SEP] Next > [SEP] B01 [SEP] Wool Socks [SEP] $9.0 [SEP] B02 [SEP] Warm socks [SEP] $25.0 to $30.0`,
        ['b01', 'b02'],
      ),
    );
    expect(agent.prompt()).toContain('page results 1\n1 lacks 1 warm\n2 over lacks 1 wool\n');
    expect(agent.project(' open 1')).toEqual({ action: 'click[b01]', valid: true });
    expect(agent.project(' open 3')).toEqual({ action: 'open 3', valid: false });
    const item = `${head} < Prev [SEP] color [SEP] moss green [SEP] plum [SEP] Wool Socks [SEP] Price: $9.0 [SEP] Rating: N.A. [SEP] Description`;
    const clicks = ['moss green', 'plum', 'features', '< prev', 'buy now'];
    agent.observe('click[b01]', see(item, clicks));
    expect(agent.prompt()).toContain('page item\nlacks 1 warm\ncolor moss green , plum\nneed moss green\n');
    const before = agent.state();
    agent.observe('click[moss green]', see(item, clicks));
    expect(agent.state()).not.toBe(before);
    expect(agent.prompt()).toContain('took moss green\nstep');
    agent.observe('click[features]', see(`${head} < Prev [SEP] Very warm.`, ['< prev']));
    agent.observe('click[< prev]', see(item, clicks));
    expect(agent.prompt()).toContain('lacks 0\nread features\n');
    expect(agent.project(' buy')).toEqual({ action: 'click[buy now]', valid: true });
    expect(agent.project(' pick gold').valid).toBe(false);
    expect(agent.project(' search warm socks')).toEqual({ action: 'search[warm socks]', valid: true });
  });
});

describe('history', () => {
  it('is plain text, with what can be done where that is asked for', () => {
    const agent = agentKind('history', { history: 1 }).create();
    agent.begin(task, { observation: 'A hall.\n\nYour task: wave.', admissible: ['look', 'wave'] });
    expect(agent.prompt()).toBe('task: wave.\nsee: A hall.\ncan: look | wave\ndo:');
    expect(agent.project(' wave ')).toEqual({ action: 'wave', valid: true });
    expect(agent.project('jump')).toEqual({ action: 'jump', valid: false });
    agent.observe('wave', result('Nobody waves back.'));
    expect(agent.prompt()).toBe('task: wave.\nsaw: A hall.\ndid: wave\nsee: Nobody waves back.\ndo:');
  });
});

describe('memory', () => {
  it('writes down what matters and nothing else', () => {
    const agent = new MemoryAgent({ state: 'memory', validity: 'admissible' });
    agent.begin(task, {
      observation:
        'You are in a kitchen. Around you: basin 1, box 1, shelf 1, shelf 2.\n\nYour task: put a clean cup on a shelf.',
      admissible: [],
    });
    expect(agent.prompt()).toBe(
      'task put a clean cup on a shelf\nhold nothing\nat middle\nfor basin1 shelf1 shelf2\nnew basin1 box1 shelf1 shelf2\ndo',
    );
    agent.observe('go to box 1', result('You are at box 1. It is closed.'));
    expect(agent.prompt()).toContain('at box1 shut\n');
    agent.observe('open box 1', result('You open box 1. In it: cup 2, fork 1.'));
    expect(agent.prompt()).toContain('here cup2\n');
    agent.observe('take cup 2 from box 1', result('You take cup 2 from box 1.'));
    const before = agent.state();
    agent.observe('wash cup 2', result('Nothing happens.'));
    expect(agent.state()).toBe(before);
    expect(agent.prompt()).toContain('refused1 wash cup2');
    agent.observe('wash cup 2 at basin 1', result('You wash cup 2 at basin 1. It is clean.'));
    expect(agent.state()).not.toBe(before);
    expect(agent.prompt()).toMatch(/hold cup2 clean\n/);
    agent.observe('put cup 2 on shelf 1', result('You put cup 2 on shelf 1.'));
    expect(agent.prompt()).toMatch(/hold nothing[\s\S]*there cup2 clean shelf1/);
  });

  it('reads commands with tight names, and knows which can be done', () => {
    const agent = new MemoryAgent({ state: 'observation', validity: 'admissible' });
    agent.begin(task, {
      observation: 'You are in a study. Around you: box 1.\n\nYour task: put a pen in a box.',
      admissible: ['go to box 1'],
    });
    expect(agent.project(agent.demonstrate('go to box 1'))).toEqual({ action: 'go to box 1', valid: true });
    expect(agent.project('  go  to box2 ')).toEqual({ action: 'go to box 2', valid: false });
  });

  it('says so when it cannot read a world', () => {
    const agent = new MemoryAgent({ state: 'memory', validity: 'format' });
    expect(() => agent.begin(task, { observation: 'Welcome to the shop.', admissible: [] })).toThrow(
      UnknownWordingError,
    );
  });

  const suites: [string, () => Promise<Suite>, string][] = [
    ['household', async () => openHousehold({ difficulty: 'hard' }), 'test'],
  ];
  if (existsSync(zip)) suites.push(['alfworld', () => openAlfworld({ data: zip }), 'valid_unseen']);
  for (const [name, open, split] of suites) {
    it(`never believes what is not so, in ${name}`, async () => {
      const suite = await open();
      let longest = 0;
      for (const [index, t] of suite.tasks(split).slice(0, 60).entries()) {
        const random = Random.of(index, 'believe');
        const environment: Environment = suite.create();
        const expert = suite.expert!(t, 'explore');
        const agent = new MemoryAgent({ state: 'memory', validity: 'admissible' });
        let turn: Turn | StepResult = await environment.reset(t);
        agent.begin(t, turn);
        for (let step = 0; step < 30 && !('done' in turn && turn.done); step++) {
          check(agent.prompt(), turn.admissible, `${t.id}, step ${step}`);
          for (const command of turn.admissible) expect(looseNames(tightNames(command))).toBe(command);
          longest = Math.max(longest, agent.prompt().split(/\s+/).length);
          const right: string = expert.act(turn);
          const action = random.next() < 0.3 ? random.pick(turn.admissible) : right;
          turn = await environment.step(action);
          agent.observe(action, turn as StepResult);
        }
      }
      expect(longest).toBeLessThan(160);
      await suite.close?.();
    });
  }
});

/** What can be done tells what is held, and what lies where: the memory must not say otherwise. */
function check(prompt: string, admissible: readonly string[], where: string): void {
  const text = looseNames(prompt);
  const held = /^hold (\w+ \d+)/m.exec(text)?.[1];
  for (const command of admissible) {
    const put = /^(?:put|move) (\w+ \d+) /.exec(command);
    if (put) expect(held, where).toBe(put[1]);
    const take = /^take (\w+ \d+) from (\w+ \d+)$/.exec(command);
    if (take) expect(held, where).toBe(undefined);
  }
  for (const [, thing] of (/^here (.*)$/m.exec(text)?.[1] ?? '').matchAll(/(\w+ \d+)/g)) {
    const can = admissible.some((c) => c.startsWith(`take ${thing} from `) || c.includes(` ${thing}`));
    expect(can || held !== undefined, `${where}: ${thing} is said to be here`).toBe(true);
  }
}

describe('the registry', () => {
  it('names what there is and what is nearest', () => {
    expect(agentList().map((a) => a.name)).toEqual(['memory', 'shop', 'history', 'think']);
    expect(() => agentKind('memroy')).toThrow(/did you mean memory\?/);
    expect(() => agentKind('robot')).toThrow(/^there is no agent robot\. There are memory, /);
    expect(() => agentKind('think', { histroy: 3 })).toThrow(AgentError);
    expect(() => agentKind('think', { histroy: 3 })).toThrow(/histroy does not exist; its options are history/);
  });
});
