import type { Random } from '../text/random.ts';
import type { Turn } from './environment.ts';

/** Words put into the free part of a template. */
const WORDS = 4;

/** A command that somebody without a thought would give: one of those listed, or a template filled with words from the page. */
export function randomCommand({ admissible, templates = [], observation }: Turn, random: Random): string {
  const choice = random.below(admissible.length + templates.length);
  if (choice < admissible.length) return admissible[choice];
  if (templates.length === 0) return 'look';
  const words = observation.split(/[^\p{L}\p{N}]+/u).filter((word) => word !== '');
  const filling = Array.from({ length: WORDS }, () => (words.length > 0 ? random.pick(words) : 'x')).join(' ');
  return templates[choice - admissible.length].replace(/<[^>]*>/, () => filling);
}
