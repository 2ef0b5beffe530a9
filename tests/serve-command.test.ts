import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const MAIN = fileURLToPath(new URL('../src/cli/main.ts', import.meta.url));

function turnwise(args: string[]): { child: ChildProcess; text: { out: string; err: string } } {
  const env = { ...process.env, NO_COLOR: '1', TURNWISE_API_KEY: 'sesame' };
  const child = spawn(process.execPath, ['--import', 'tsx', MAIN, ...args], { env });
  const text = { out: '', err: '' };
  child.stdout!.on('data', (data) => {
    text.out += data;
  });
  child.stderr!.on('data', (data) => {
    text.err += data;
  });
  return { child, text };
}

describe('turnwise serve', () => {
  it('serves the shipped model until Ctrl-C', async () => {
    const { child, text } = turnwise(['serve', '--port', '0', '--set', 'engine.replicas=1']);
    while (!text.out.includes('\n')) await once(child.stdout!, 'data');
    const url = /household is served at (http:\/\/127\.0\.0\.1:\d+\/v1)\n/.exec(text.out)![1];
    expect(text.err).toContain('no chat template');
    const ask = (authorization: string): Promise<Response> =>
      fetch(`${url}/completions`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization },
        body: JSON.stringify({ prompt: 'task put clean mug in shelf ;', max_tokens: 300, stream: true, seed: 1 }),
      });
    expect((await ask('Bearer wrong')).status).toBe(401);
    const stream = await ask('Bearer sesame');
    const reader = stream.body!.getReader();
    await reader.read();
    child.kill('SIGINT');
    let rest = '';
    for (let part = await reader.read(); !part.done; part = await reader.read()) rest += Buffer.from(part.value);
    expect(rest).toMatch(/data: \[DONE\]\n\n$/);
    const [code] = await once(child, 'close');
    expect(code).toBe(0);
  });

  it('refuses before it loads anything', async () => {
    const { child, text } = turnwise(['serve', '--host', '0.0.0.0', '--checkpoint', 'nowhere', '--api-key', '']);
    const [code] = await once(child, 'close');
    expect(code).toBe(1);
    expect(text.err).toMatch(/^turnwise: .*key/);
  });
});

describe('turnwise chat', () => {
  it('answers a pipe line by line, and the same for the same seed', async () => {
    const talk = async (): Promise<{ out: string; err: string }> => {
      const { child, text } = turnwise(['chat', '--seed', '1', '--max-tokens', '20']);
      child.stdin!.end('task put clean mug in shelf ;\n/temperature 0\n/temperature 9\n\nlook');
      const [code] = await once(child, 'close');
      expect(code).toBe(0);
      return text;
    };
    const [first, second] = await Promise.all([talk(), talk()]);
    expect(first.out).not.toBe('');
    expect(first.out).toBe(second.out);
    expect(first.err).toContain('seed 1');
    expect(first.err).toContain('no chat template');
    expect(first.err).toContain('temperature 0\nthe temperature must be a number from 0 to 2\n');
  });
});
