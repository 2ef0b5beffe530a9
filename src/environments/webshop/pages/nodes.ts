import { pythonStrip } from '../../../text/python-text.ts';

/** A piece of visible text on a page, and what it is part of. */
export interface PageNode {
  readonly kind: 'text' | 'button' | 'link' | 'choice';
  readonly text: string;
}

/**
 * A node, or none for an empty text. A text of nothing but blanks is one blank, or a line break where it holds one, which is how
 * Beautiful Soup keeps them.
 */
export function node(text: string, kind: PageNode['kind'] = 'text'): readonly PageNode[] {
  if (text === '') return [];
  if (!/^[ \t\n\f\r]+$/.test(text)) return [{ kind, text }];
  return text.includes('\n') ? [] : [{ kind, text: ' ' }];
}

/** The page as the original's `text` mode shows it. */
export function plainText(nodes: readonly PageNode[]): string {
  return nodes.map(({ text }) => pythonStrip(text)).join(' [SEP] ');
}

/**
 * The page as the original's `text_rich` mode shows it.
 *
 * @param url the page's address, in which a chosen option stands in quotes
 * @param opened products opened since the last search page
 */
export function richText(nodes: readonly PageNode[], url: string, opened: ReadonlySet<string>): string {
  let page = '';
  for (const { kind, text } of nodes) {
    let shown = text;
    if (kind === 'button') shown = `[button] ${text} [button_]`;
    else if (kind === 'choice') {
      const chosen = url.includes(`"${text}"`);
      if (chosen) page = `You have clicked ${text}.\n${page}`;
      shown = chosen ? `  [clicked button] ${text} [clicked button_]` : `  [button] ${text} [button_]`;
    } else if (kind === 'link')
      shown = opened.has(text) ? `\n[clicked button] ${text} [clicked button_]` : `\n[button] ${text} [button_]`;
    page += `${shown}\n`;
  }
  return page;
}
