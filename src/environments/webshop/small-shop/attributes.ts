/** What products can be: the attributes that instructions ask for, and how texts put them into sentences. */

/** How an attribute stands in a sentence: before the noun, after `with`, or after `for`. */
export type Role = 'is' | 'with' | 'for';

export interface Attribute {
  readonly role: Role;
  /** The attribute with its article, where it takes one: `a usb port`. */
  readonly phrase: string;
  /** What follows from it: `wipes clean`, to be said of the product, or `to charge a phone`, said of the part. */
  readonly tail: string;
}

const IS = `
fast absorbing: sinks in within a minute; cruelty free: is never tested on animals; fragrance free: has no smell at all;
long lasting: holds up much better than most; paraben free: is made without harsh additives; anti static: keeps flyaway hair down;
easy clean: wipes down with a damp cloth; heat resistant: takes hot air without harm; hand made: never looks quite like another one;
individually wrapped: has each piece in its own wrapper; double sided: works either way round; easy carry: fits in any purse;
water resistant: shrugs off splashes and rain; high quality: is checked twice before it ships; leak proof: never drips, even upside down;
bpa free: is safe for anything you put in it; shock proof: survives a drop on concrete; scratch resistant: shows no marks from keys;
light weight: adds almost nothing to your load; non slip: grips well and stays put; fast charging: fills a battery in under an hour;
heavy duty: is built for hard work; tangle free: never gets into knots; gold plated: keeps a clean contact for years;
dust proof: keeps sand and dirt out; hands free: answers calls at a spoken word; noise cancelling: blocks the sound around you;
low noise: is quiet enough for a shared bedroom; battery powered: runs without an outlet; height adjustable: can be set higher or lower;
quick release: comes off with one push; plug play: works as soon as it is connected; easy read: can be seen from across the bedroom;
space saving: takes up very little room; moisture wicking: draws sweat away; quick drying: dries in about an hour;
machine wash: can go in the washer; odor free: stays fresh for days; wind proof: keeps a cold breeze out; wrinkle free: needs no iron;
wide brim: shades face and neck; hand wash: wants only cool water and soap; loose fit: leaves you room to move;
eco friendly: is kind to the planet; stain resistant: lets go of spills before they set; fade resistant: keeps its color in the sun;
easy assemble: goes together in ten minutes; mildew resistant: stays free of dark spots; caffeine free: lets you sleep at night;
sugar free: has nothing sweet added; fair trade: pays growers a better price; gluten free: is safe for people who avoid wheat;
low sodium: has half the usual salt; non gmo: comes from ordinary seeds; slow roasted: spends hours over a small flame;
nut free: is made in a kitchen without peanuts; plant based: has nothing from animals; low acid: is gentle on the stomach;
small batch: is made a few pots at a time; keto friendly: has almost no carbs; low calorie: is lighter than chips;
dairy free: has no milk or butter`;

const WITH = `
shea butter: to keep skin soft for hours; aloe vera: to calm tired skin; vitamin e: to care for rough spots;
coconut oil: to lock in moisture; sun protection: for days outside; a wooden handle: that feels warm in the hand;
soft bristles: that do not pull; essential oils: that help you rest; sea salt: in just the right amount;
stainless steel: that never rusts; a carrying case: for the road; a brush holder: for five brushes; a zipper pocket: for small things;
a side handle: to hang it up by; tea tree: to clear the pores; natural ingredients: you can name; a wide opening: that is simple to fill;
name labels: so nothing gets mixed up; a card holder: for three cards; wireless charging: with nothing to take off;
a kick stand: for watching films; a braided cord: that bends a thousand times; an angled plug: for tight corners;
deep bass: that you can feel; long battery life: of up to twenty hours; a usb port: to charge a phone; ear cushions: that stay cool;
a clip mount: for shelf or bed; touch control: with no buttons to press; carbon fiber: for a stiff and thin build;
a phone mount: that turns sideways; a number pad: for long lists; a wrist rest: to ease your arms; backlit keys: for work after dark;
warm light: that is kind to the eyes; arch support: for long days on your feet; a wool blend: that warms without itching;
a removable hood: for clear days; a rubber sole: that bends with the foot; memory foam: under the heel;
a tassel edge: for a finished look; organic cotton: grown without sprays; uv protection: on bright days;
a chin strap: for the windy beach; an elastic waist: that gives when you sit; deep pockets: for keys and phone;
genuine leather: that ages well; a metal buckle: that will not bend; a thick pile: that feels good under bare feet;
faux fur: that is soft to the touch; woven handles: to lift it by; a cotton lining: that comes out; solid wood: with a visible grain;
hidden brackets: that hold it flat; metal hooks: that will not rust; drainage holes: to keep roots healthy;
a matching saucer: to catch water; a padded seat: for long dinners; a foot rest: at the right height;
a weighted hem: that hangs straight; natural flavors: and nothing else; ginger root: for a little heat;
dark chocolate: in every bite; a resealable bag: that keeps it fresh; real fruit: and no syrup; extra fiber: to keep you full;
fresh garlic: for more depth; whole grain: for more crunch; black pepper: ground the same day; dried herbs: from a hill farm`;

const FOR =
  'dry skin; sensitive skin; oily skin; curly hair; fine hair; gel nails; car use; outdoor use; video calls; the home office; heavy sleepers; ' +
  'cold weather; daily wear; gift giving; the living room; the dining room; a kids room; small spaces; school lunch; cold brew; grilled meat';

const ATTRIBUTES = new Map([...read('is', IS), ...read('with', WITH), ...read('for', FOR)]);

/** What is known of an attribute; it must be one of the tables'. */
export function attribute(name: string): Attribute {
  const found = ATTRIBUTES.get(name);
  if (!found) throw new RangeError(`attribute: no table has "${name}"`);
  return found;
}

function read(role: Role, table: string): [string, Attribute][] {
  return table.split(';').map((entry) => {
    const [phrase, tail = ''] = entry.trim().split(': ');
    return [phrase.replace(/^(?:an?|the) /, ''), { role, phrase, tail }];
  });
}
