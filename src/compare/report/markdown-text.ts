/**
 * A text as Markdown shows it, letter for letter, inside a line, a heading, a table's cell or a picture's words: what would be emphasis, a
 * link, code, HTML, a formula or another cell is only itself. Line ends become spaces.
 */
export function markdownText(text: string): string {
  return text
    .replace(/\s+/g, ' ')
    .replace(/[\\`*_[\]|~$#]/g, '\\$&')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;');
}
