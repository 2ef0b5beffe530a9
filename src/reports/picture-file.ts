import { CHART_STYLE, COLOUR_STYLE } from './page.ts';

/** A chart made for a page as a file of its own: with the colours it has there, on their paper, light or dark as its viewer is. */
export function pictureFile(svg: string): string {
  const begin = /^<svg [^>]*>/.exec(svg)?.[0];
  if (begin === undefined) throw new RangeError('a picture must begin with <svg');
  const style = `<style>${COLOUR_STYLE}${CHART_STYLE}</style>\n<rect width="100%" height="100%" fill="var(--paper)"/>`;
  return `${begin}\n${style}${svg.slice(begin.length)}\n`;
}
