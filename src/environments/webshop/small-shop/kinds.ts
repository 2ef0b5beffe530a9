/** The types of product, as tables of words. */

export interface Kind {
  readonly category: string;
  /** Plural, as one searches for it: `trail socks`. */
  readonly query: string;
  /** `trail sock`. */
  readonly singular: string;
  /** Where one buys several at once: `pair of`; else empty. */
  readonly measure: string;
  /** What texts call it after the first time; always singular. */
  readonly noun: string;
  readonly productCategory: string;
  /** Dollars, lowest and highest. */
  readonly prices: readonly [low: number, high: number];
  readonly attributes: readonly string[];
  /** Said in titles; no instruction asks for them. */
  readonly facts: readonly string[];
  /** Values by name of option; a product has some of both. */
  readonly options: Readonly<Record<string, readonly string[]>>;
  /** A sentence that is true of all of the type. */
  readonly about: string;
}

const DEPARTMENTS: Readonly<Record<string, string>> = {
  beauty: 'Beauty & Personal Care',
  electronics: 'Electronics',
  fashion: 'Clothing & Accessories',
  garden: 'Home & Garden',
  grocery: 'Food & Drinks',
};

/** Values that several types share. The colours of one table have different base colours. */
const VALUES: Readonly<Record<string, string>> = {
  colors:
    'jet black, snow white, dusk blue, moss green, brick red, pale pink, stone gray, burnt orange, teal, ivory, plum, mustard yellow',
  tones:
    'black, white, navy, sage green, wine red, coral, silver, lavender, beige, sky blue, chestnut brown, rose gold',
  finishes: 'matte black, brushed silver, antique bronze, polished copper, pure white, natural, walnut',
  sizes: 'x-small, small, medium, large, x-large',
  shoes: '5, 6, 7, 8, 9, 10, 11',
};

/**
 * Three lines a type: query | singular | measure | noun | shelf | prices, then attributes, then facts | options | a sentence.
 * Options are `Name: value, value` or `Name: a table of VALUES`.
 */
const TABLES: Readonly<Record<string, string>> = {
  beauty: `
hand creams | hand cream | | cream | Skin Care › Hands › Hand Creams | 4 38
fast absorbing, cruelty free, fragrance free, shea butter, aloe vera, vitamin e, dry skin
Thick Formula, Pump Bottle, Made at Home | Scent: oat milk, orange blossom, green tea, rose petal, vanilla; Size: 2 ounce, 4 ounce, 8 ounce; Pack: single pack, 3 pack, 6 pack | A rich cream for hands that work hard.
lip balms | lip balm | | balm | Skin Care › Lips › Lip Balms | 2 24
long lasting, cruelty free, paraben free, coconut oil, shea butter, sun protection, sensitive skin
Smooth Stick, Clear Shine, Metal Tin | Flavor Name: cherry, honey, vanilla, mango, lemon; Pack: single pack, 4 pack, 6 pack | It goes on smooth and leaves no taste of wax.
hair brushes | hair brush | | brush | Hair Care › Tools › Hair Brushes | 5 52
anti static, easy clean, heat resistant, wooden handle, soft bristles, curly hair, fine hair
Round Head, Flat Paddle, Vented Back | Color: tones; Size: small, medium, large; Style: oval, round, square | It works through wet or dry hair.
bath bombs | bath bomb | set of | set | Bath & Body › Bath Additives › Bath Bombs | 6 44
hand made, cruelty free, individually wrapped, essential oils, coconut oil, sea salt, sensitive skin
Slow Fizz, Gift Box, Bright Swirl | Scent: lavender, lemon, rose petal, cedar, vanilla, mint; Pack: 4 pack, 6 pack, 9 pack | Drop one in the tub and lie back.
nail files | nail file | set of | set | Tools & Accessories › Nail Care › Nail Files | 2 28
double sided, easy carry, long lasting, easy clean, stainless steel, carrying case, gel nails
Curved Shape, Straight Shape, Washable Grit | Size: 80/120, 100/180, 150/220, 240/320; Pack: 3 pack, 5 pack, 20 pack; Color: tones | It shapes and smooths in a few strokes.
makeup bags | makeup bag | | bag | Tools & Accessories › Bags & Cases › Makeup Bags | 7 60
water resistant, easy clean, easy carry, high quality, brush holder, zipper pocket, side handle
Quilted Fabric, Flat Bottom, Soft Lining | Color: colors; Size: small, medium, large | Everything you need in the morning has its place.
clay masks | clay mask | | mask | Skin Care › Face › Clay Masks | 6 48
paraben free, cruelty free, fragrance free, tea tree, natural ingredients, oily skin, sensitive skin
Glass Jar, Fine Powder, Ready Mixed | Style: green clay, pink clay, white clay, black clay; Size: 3 ounce, 6 ounce, 12 ounce | Spread it thin and rinse after ten minutes.
travel bottles | travel bottle | set of | set | Tools & Accessories › Bags & Cases › Travel Bottles | 5 34
leak proof, bpa free, easy clean, easy carry, wide opening, name labels, carrying case
Soft Squeeze, Flip Cap, Clear Sides | Color: tones; Size: 1 ounce, 2 ounce, 3 ounce; Pack: 2 pack, 4 pack, 6 pack | Take your own shampoo on the plane.`,
  electronics: `
phone cases | phone case | | case | Phones & Parts › Covers › Phone Cases | 6 55
shock proof, scratch resistant, light weight, non slip, card holder, wireless charging, kick stand
Raised Edge, Matte Back, Slim Shell | Color: colors; Style: plain, flowers, waves, stripes; Size: mini, plus, max | It snaps on in a second.
charging cables | charging cable | | cable | Phones & Parts › Power › Charging Cables | 4 36
fast charging, heavy duty, tangle free, gold plated, braided cord, angled plug, car use
Data Transfer, Cord Strap, Round Wire | Size: 3 feet, 6 feet, 10 feet; Color: tones; Pack: single pack, 2 pack, 5 pack | One cable for phone, tablet and camera.
portable speakers | portable speaker | | speaker | Audio › Speakers › Portable Speakers | 15 210
water resistant, dust proof, hands free, deep bass, long battery life, usb port, outdoor use
Stereo Pair Mode, Wrist Loop, Fabric Cover | Color: colors; Style: mini, tower, disc | Music comes along wherever you go.
studio headphones | studio headphone | pair of | pair | Audio › Headphones › Studio Headphones | 18 300
noise cancelling, light weight, tangle free, deep bass, ear cushions, carrying case, video calls
Closed Back, Folding Frame, 9 Foot Lead | Color: tones; Style: corded, wireless | Every note comes through clear.
usb fans | usb fan | | fan | Office Devices › Cooling › USB Fans | 8 58
low noise, battery powered, easy clean, height adjustable, touch control, clip mount, home office
Three Speeds, Swivel Head, Metal Guard | Color: tones; Size: 4 inch, 6 inch, 9 inch | A cool breeze for hot afternoons.
camera tripods | camera tripod | | tripod | Cameras & Parts › Supports › Camera Tripods | 16 240
light weight, height adjustable, heavy duty, quick release, carbon fiber, carrying case, phone mount
Ball Head, Bubble Level, Four Sections | Size: 50 inch, 60 inch, 72 inch; Color: finishes | It stands firm on rough ground.
office keyboards | office keyboard | | keyboard | Office Devices › Input › Office Keyboards | 12 150
low noise, water resistant, plug play, number pad, wrist rest, backlit keys, home office
Full Layout, Thin Frame, Media Row | Color: tones; Style: corded, wireless, split | Typing feels light and exact.
alarm clocks | alarm clock | | clock | Office Devices › Clocks › Alarm Clocks | 9 75
battery powered, easy read, space saving, usb port, touch control, warm light, heavy sleepers
Snooze Bar, Two Alarms, Rising Volume | Color: colors; Style: digital, dial, projector | It wakes you gently and on time.`,
  fashion: `
trail socks | trail sock | pair of | pair | Unisex › Socks & Hosiery › Trail Socks | 5 40
moisture wicking, quick drying, machine wash, odor free, arch support, wool blend, cold weather
Cushioned Heel, Flat Toe Seam, Ribbed Top | Color: colors; Size: small/medium, large/x-large; Pack: single pack, 3 pack, 6 pack | It goes from the path to the office.
rain jackets | rain jacket | | jacket | Unisex › Outerwear › Rain Jackets | 24 230
water resistant, wind proof, light weight, machine wash, zipper pocket, removable hood, cold weather
Taped Seams, Two Way Front, Long Back | Color: colors; Size: sizes | Wear it over a shirt or a sweater.
canvas sneakers | canvas sneaker | pair of | pair | Unisex › Shoes › Canvas Sneakers | 18 120
non slip, light weight, machine wash, rubber sole, arch support, memory foam, daily wear
Low Top, Round Toe, Lace Up | Color: tones; Size: shoes; Style: low, high | A simple shoe that goes with anything.
winter scarves | winter scarf | | scarf | Unisex › Scarves & Hats › Winter Scarves | 9 95
hand made, machine wash, wrinkle free, wool blend, tassel edge, organic cotton, gift giving
Extra Long, Ribbed Knit, Plain Weave | Color: colors; Style: plain, striped, checked | Wrap it once or twice.
sun hats | sun hat | | hat | Unisex › Scarves & Hats › Sun Hats | 10 70
wide brim, quick drying, light weight, hand wash, uv protection, chin strap, outdoor use
Braided Straw, Inner Band, Folds Flat | Color: tones; Size: small, medium, large | Made for gardens, boats and beaches.
lounge pants | lounge pant | pair of | pair | Unisex › Sleepwear › Lounge Pants | 14 85
machine wash, loose fit, wrinkle free, quick drying, elastic waist, deep pockets, organic cotton
Ankle Cuffs, Straight Leg, Side Stripe | Color: colors; Size: sizes; Style: short, regular, long | For slow mornings and long evenings.
waist belts | waist belt | | belt | Unisex › Belts › Waist Belts | 8 90
high quality, hand made, double sided, genuine leather, metal buckle, daily wear, gift giving
Six Holes, Stitched Edge, Smooth Grain | Color: tones; Size: 30 inch, 34 inch, 38 inch, 42 inch | It goes with jeans as well as a suit.
tote bags | tote bag | | bag | Unisex › Bags › Tote Bags | 6 80
machine wash, eco friendly, water resistant, heavy duty, zipper pocket, organic cotton, daily wear
Long Straps, Square Base, Inner Sleeve | Color: colors; Style: plain, striped, dotted; Size: small, medium, large | It carries books, lunch and a sweater.`,
  garden: `
desk lamps | desk lamp | | lamp | Lighting › Lamps › Desk Lamps | 14 130
height adjustable, space saving, non slip, usb port, touch control, warm light, home office
Swivel Head, Fabric Cord, Three Levels | Color: finishes; Style: clip on, round base, square base | It lights a page or a screen without glare.
area rugs | area rug | | rug | Decor › Floor Covers › Area Rugs | 28 390
stain resistant, non slip, machine wash, easy clean, thick pile, living room, dining room
Flat Edge, Border Pattern, Tight Weave | Size: 2 x 3 feet, 4 x 6 feet, 5 x 8 feet, 9 x 12 feet; Color: colors | It brings a bare floor to life.
throw blankets | throw blanket | | blanket | Bedding › Blankets › Throw Blankets | 12 110
machine wash, fade resistant, light weight, faux fur, organic cotton, tassel edge, living room
Double Layer, Waffle Knit, Rolled Hem | Color: colors; Size: 50 x 60 inch, 60 x 80 inch; Style: plain, checked, dotted | Made for reading on the sofa.
storage baskets | storage basket | | basket | Decor › Storage › Storage Baskets | 9 70
space saving, heavy duty, easy clean, woven handles, cotton lining, name labels, kids room
Folds Flat, Square Base, Rope Body | Color: tones; Size: small, medium, large; Pack: single pack, 2 pack, 3 pack | Toys, towels and yarn go out of sight.
wall shelves | wall shelf | | shelf | Furniture › Shelves › Wall Shelves | 15 140
easy assemble, heavy duty, space saving, solid wood, hidden brackets, metal hooks, living room
Rounded Corners, Oiled Surface, Set of Screws | Color: finishes; Size: 16 inch, 24 inch, 36 inch | Books and plants find a home on the wall.
flower planters | flower planter | | planter | Decor › Plants › Flower Planters | 8 95
fade resistant, light weight, hand made, drainage holes, matching saucer, outdoor use, small spaces
Glazed Surface, Ribbed Sides, Wide Mouth | Color: colors; Size: 6 inch, 8 inch, 10 inch; Style: round, square, hanging | It suits ferns as well as roses.
bar stools | bar stool | | stool | Furniture › Chairs › Bar Stools | 42 280
easy assemble, height adjustable, heavy duty, padded seat, foot rest, solid wood, dining room
Low Back, Swivel Base, Four Legs | Color: finishes; Size: 24 inch, 26 inch, 30 inch; Style: high back, backless | It slides under the counter when guests leave.
shower curtains | shower curtain | | curtain | Bath › Curtains › Shower Curtains | 10 65
quick drying, mildew resistant, machine wash, eco friendly, metal hooks, weighted hem, small spaces
Woven Fabric, Clean Lines, Metal Rings | Color: tones; Size: 60 x 72 inch, 72 x 84 inch; Style: plain, leaves, waves | It turns a plain bath into a nice one.`,
  grocery: `
herbal teas | herbal tea | | tea | Drinks › Tea › Herbal Teas | 4 32
caffeine free, sugar free, individually wrapped, fair trade, natural flavors, ginger root, gift giving
Paper Box, Large Leaf, Round Bags | Flavor Name: mint, lemon, apple, berry, rose hip; Size: 20 count, 40 count, 80 count | Pour hot water over it and wait five minutes.
nut mixes | nut mix | | mix | Snacks › Nuts & Seeds › Nut Mixes | 5 46
gluten free, low sodium, non gmo, slow roasted, sea salt, dark chocolate, resealable bag
Five Kinds, Whole Kernels, No Shells | Size: 6 ounce, 12 ounce (pack of 2), 3 pounds; Flavor Name: plain, honey, smoke, curry | A handful keeps you going until dinner.
fruit bars | fruit bar | box of | box | Snacks › Bars › Fruit Bars | 3 30
gluten free, nut free, plant based, individually wrapped, real fruit, extra fiber, school lunch
Chewy Bite, Flat Shape, Bright Wrapper | Flavor Name: apple, mango, cherry, fig, coconut; Pack: 5 pack, 8 pack, 20 pack; Size: mini, regular | A sweet bite between meals.
ground coffees | ground coffee | | coffee | Drinks › Coffee › Ground Coffees | 6 44
fair trade, slow roasted, small batch, low acid, natural flavors, resealable bag, cold brew
Medium Roast, Fine Grind, High Grown | Flavor Name: plain, hazelnut, vanilla, cocoa; Size: 8 ounce, 12 ounce (pack of 2), 4 pounds; Style: light roast, dark roast | A round cup with a clean finish.
hot sauces | hot sauce | | sauce | Pantry › Sauces › Hot Sauces | 4 36
sugar free, small batch, keto friendly, gluten free, sea salt, fresh garlic, gift giving
Glass Bottle, Drip Top, Three Chilies | Style: mild, medium, hot, extra spicy; Size: 5 ounce, 10 ounce; Pack: single pack, 3 pack, 6 pack | A few drops wake up eggs, soup and rice.
rice crackers | rice cracker | bag of | bag | Snacks › Crackers › Rice Crackers | 2 28
gluten free, low sodium, non gmo, low calorie, whole grain, sea salt, school lunch
Thin Crisp, Square Cut, Baked Twice | Flavor Name: plain, cheese, seaweed, onion, tomato; Pack: single pack, 4 pack, 6 pack | It snaps when you bite it.
oat cookies | oat cookie | box of | box | Snacks › Cookies › Oat Cookies | 3 34
dairy free, nut free, plant based, individually wrapped, dark chocolate, whole grain, school lunch
Soft Middle, Thin Edge, Big Round | Flavor Name: plain, raisin, cherry, coconut; Size: 7 ounce, 14 ounce; Pack: single pack, 2 pack, 5 pack | The taste of a slow Sunday.
spice blends | spice blend | | blend | Pantry › Spices › Spice Blends | 3 26
low sodium, non gmo, small batch, sugar free, black pepper, dried herbs, grilled meat
Shaker Top, Coarse Grind, Glass Jar | Style: mild, smoky, spicy; Size: 2 ounce, 5 ounce, 12 ounce; Pack: single pack, 3 pack, 6 pack | Rub it in and let it rest.`,
};

/** Every type of product, by category. */
export const KINDS: readonly Kind[] = Object.entries(TABLES).flatMap(([category, table]) => {
  const lines = table.trim().split('\n');
  return Array.from({ length: lines.length / 3 }, (_, i) => readKind(category, lines.slice(3 * i, 3 * i + 3)));
});

function readKind(category: string, [head, attributes, extras]: readonly string[]): Kind {
  const [query, singular, measure, noun, shelf, prices] = head.split('|').map((part) => part.trim());
  const [facts, options, about] = extras.split(' | ');
  const [low, high] = prices.split(' ').map(Number);
  return {
    category,
    query,
    singular,
    measure,
    noun,
    productCategory: `${DEPARTMENTS[category]} › ${shelf}`,
    prices: [low, high],
    attributes: attributes.split(', '),
    facts: facts.split(', '),
    options: Object.fromEntries(options.split('; ').map(readOption)),
    about,
  };
}

function readOption(text: string): [string, readonly string[]] {
  const [name, values] = text.split(': ');
  return [name, (VALUES[values] ?? values).split(', ')];
}
