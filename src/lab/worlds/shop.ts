import { FAILURE, maybe, type Outcome, type Place, SUCCESS, sure, type World } from '../world.ts';

const HOME = 0;
const GOOD_RESULTS = 1;
const POOR_RESULTS = 2;
const RIGHT_ITEM = 3;
const SIMILAR_ITEM = 4;
const WRONG_ITEM = 5;
const RIGHT_OPTION = 6;
const WRONG_OPTION = 7;

function buy(score: number): Place['actions'][number] {
  const end: Outcome = { to: score === 1 ? SUCCESS : FAILURE, probability: 1, reward: 10 * score };
  return { text: 'buy', outcomes: [end] };
}

/** A shop: search, open an item, choose an option, buy. Buying the wrong thing ends the episode with part of the reward. */
export const shop: World = {
  name: 'shop',
  description: 'A shop whose early ends pay part of the reward; the right item looks like any other until opened.',
  horizon: 12,
  start: HOME,
  places: [
    {
      texts: ['A shop. There is a search box.'],
      actions: [
        maybe('search with the brand', 0.8, GOOD_RESULTS, POOR_RESULTS),
        maybe('search with one word', 0.2, GOOD_RESULTS, POOR_RESULTS),
        sure('browse the bargains', POOR_RESULTS),
      ],
    },
    {
      texts: ['Results: three items, two of the brand.'],
      actions: [sure('open the first', SIMILAR_ITEM), sure('open the second', RIGHT_ITEM), sure('back', HOME)],
    },
    {
      texts: ['Results: many items of all kinds.'],
      actions: [maybe('open one', 0.1, RIGHT_ITEM, WRONG_ITEM), sure('next page', POOR_RESULTS), sure('back', HOME)],
    },
    {
      texts: ['An item of the brand, in two colours.'],
      actions: [
        sure('choose red', RIGHT_OPTION),
        sure('choose blue', WRONG_OPTION),
        sure('back', GOOD_RESULTS),
        buy(0.6),
      ],
    },
    {
      texts: ['An item of the brand, in one colour.'],
      actions: [sure('look closer', SIMILAR_ITEM), sure('back', GOOD_RESULTS), buy(0.5)],
    },
    {
      texts: ['An item of another brand.'],
      actions: [sure('look closer', WRONG_ITEM), sure('back', POOR_RESULTS), buy(0.1)],
    },
    {
      texts: ['The item in red is in the basket.'],
      actions: [sure('take it out', RIGHT_ITEM), buy(1)],
    },
    {
      texts: ['The item in blue is in the basket.'],
      actions: [sure('take it out', RIGHT_ITEM), buy(0.6)],
    },
  ],
};
