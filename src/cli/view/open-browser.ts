import { spawn } from 'node:child_process';

/** Opens an address in the person's browser, where there is one. Whether it worked is not known. */
export function openBrowser(url: string): void {
  const [command, ...words] = opener(url);
  if (command === undefined) return;
  const child = spawn(command, words, { stdio: 'ignore', detached: true });
  // The address is on the terminal: who has no opener clicks there.
  child.on('error', () => undefined);
  child.unref();
}

/** The platform's way to open something; nothing where the person sits elsewhere. */
function opener(url: string): string[] {
  const { env, platform } = process;
  if (env['SSH_CONNECTION'] !== undefined) return [];
  if (platform === 'darwin') return ['open', url];
  if (platform === 'win32') return ['rundll32', 'url.dll,FileProtocolHandler', url];
  return env['DISPLAY'] !== undefined || env['WAYLAND_DISPLAY'] !== undefined ? ['xdg-open', url] : [];
}
