/** The password that a netrc file has for a machine, or undefined. Macros are not looked at. */
export function netrcPassword(text: string, machine: string): string | undefined {
  const words = text
    .split('\n')
    .filter((line) => !line.trimStart().startsWith('#'))
    .join('\n')
    .split(/\s+/);
  let here = false;
  for (let i = 0; i < words.length; i++) {
    if (words[i] === 'machine') here = words[++i] === machine;
    else if (words[i] === 'default') here = false;
    else if (words[i] === 'password') {
      i++;
      if (here) return words[i] || undefined;
    } else if (words[i] === 'login' || words[i] === 'account') i++;
  }
  return undefined;
}
