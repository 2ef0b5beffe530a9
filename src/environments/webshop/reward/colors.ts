/** Colour words of the original's rule, in its order: of several that a text contains, the first counts. */
const COLORS = (
  'alabaster apricot aqua ash asphalt azure banana beige black blue blush bordeaux bronze brown burgundy camel camo caramel champagne ' +
  'charcoal cheetah chestnut chocolate christmas coffee cognac copper coral cranberry cream crystal dark denim eggplant elephant espresso ' +
  'fuchsia gold granite grape graphite grass gray green grey heather indigo ivory ivy khaki lavender lemon leopard light lilac lime magenta ' +
  'maroon mauve merlot midnight mint mocha multicolor mushroom mustard natural navy nude olive orange peach pewter pink plum purple rainbow ' +
  'red rose royal rust sand sapphire seashell silver skull slate steel stone stonewash sunflower tan taupe teal tiger turquoise violet walnut ' +
  'wheat white wine yellow'
).split(' ');

/** The first colour a text contains, as in `red` of `layered`; the text itself where it contains none. */
export function normalizeColor(text: string): string {
  return COLORS.find((color) => text.includes(color)) ?? text;
}

/**
 * What the original makes of an option that it holds as a pair of name and value: the colour that name or value is, where one is;
 * else the pair, which is compared as Python writes it.
 */
export function normalizePair(name: string, value: string): string | undefined {
  return COLORS.find((color) => color === name || color === value);
}
