import type { Text } from '../api.ts';

/** The beginning of a text, whole characters. */
export function shorten(text: string, limit: number): Text {
  if (text.length <= limit) return { text, more: 0 };
  // Not between the halves of a surrogate pair.
  const end = /[\ud800-\udbff]/.test(text[limit - 1]) ? limit - 1 : limit;
  return { text: text.slice(0, end), more: text.length - end };
}
