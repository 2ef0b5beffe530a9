/**
 * What a code point is to Lucene 8's StandardTokenizer: the Word_Break classes of UAX #29 in Unicode 9, with its own for
 * ideographs, South-East Asian scripts and emoji. Written down because Node's `\\p{…}` follows a later Unicode, in which
 * stars and notes are no pictographs any more, and `Intl.Segmenter` breaks elsewhere.
 */
export const Class = {
  Other: 0,
  Letter: 1,
  HebrewLetter: 2,
  Numeric: 3,
  Katakana: 4,
  /** Between letters: colon, middle dot. */
  MidLetter: 5,
  /** Between digits: comma, semicolon. */
  MidNumber: 6,
  /** Between either: full stop, typographic apostrophe; also the apostrophe, which Hebrew treats apart. */
  MidNumberLetter: 7,
  /** Only between Hebrew letters. */
  DoubleQuote: 8,
  /** Underscores. */
  Connector: 9,
  /** Marks and formats, which belong to what is before them. */
  Extend: 10,
  /** A word of its own: ideographs, hiragana. */
  Ideograph: 11,
  /** Thai, Lao, Myanmar, Khmer, …: a run of them is one word. */
  SouthEastAsian: 12,
  SouthEastAsianMark: 13,
  Emoji: 14,
  /** An emoji that can take a skin tone. */
  EmojiBase: 15,
  SkinTone: 16,
  /** Ⓜ and the like: emoji, and letter inside a word. */
  EmojiLetter: 17,
  /** Two of them are a flag. */
  RegionalIndicator: 18,
} as const;

export type Class = (typeof Class)[keyof typeof Class];

/** The class of a code point. */
export function classOf(point: number): Class {
  return point < 0x10000 ? (BASIC[point] as Class) : astral(point);
}

const LETTERS: Readonly<Record<string, Class>> = {
  L: Class.Letter,
  H: Class.HebrewLetter,
  N: Class.Numeric,
  K: Class.Katakana,
  M: Class.MidLetter,
  C: Class.MidNumber,
  Q: Class.MidNumberLetter,
  D: Class.DoubleQuote,
  U: Class.Connector,
  X: Class.Extend,
  I: Class.Ideograph,
  S: Class.SouthEastAsian,
  Z: Class.SouthEastAsianMark,
  E: Class.Emoji,
  B: Class.EmojiBase,
  T: Class.SkinTone,
  F: Class.EmojiLetter,
  R: Class.RegionalIndicator,
};

/** Ranges in order: how many code points further it begins, its class, how many more it has; numbers in base 36, 0 left out. */
const RANGES = `
  yD 4Q 4C 1Q 1N9 M C 5Lp 4U 1Lp 1aE L 2X E 6L 1M 2L 5Lm 1Lu 1Lcp 4Lb 5M 8L4 7L 1L hX33 L4 1L1 2L3 C L 6L M L2 1L 1Lj
  1L2a 1L3u 1X6 L4l 1L11 2L 7L12 1C 7X18 1X 1X1 1X1 1X 8Hq 5H2 L M bX5 6C1 2Xa 1X 3L16 Xk N9 1N C 1L1 X L2q 1L X7 1X5
  L1 X1 1X3 L1 N9 L2 2L fX L X Lt Xq 2L2g Xa L eN9 Lw X8 L1 2C 1L 5Ll X3 L X8 L X2 L X4 iLo X2 1wLk 1L7 mX1b L1h X2 L
  Xh L X6 L9 X1 2N9 1Lf X2 1L7 2L1 2Ll 1L6 1L 3L3 2X L X6 2X1 2X2 L 8X 4L1 1L2 X1 2N9 L1 fX2 1L5 4L1 2Ll 1L6 1L1 1L1
  1L1 2X 1X4 4X1 2X2 3X 7L3 1L 7N9 X1 L2 X bX2 1L8 1L2 1Ll 1L6 1L1 1L4 2X L X7 1X2 1X2 2L fL1 X1 2N9 9L 7X2 1L7 2L1
  2Ll 1L6 1L1 1L4 2X L X6 2X1 2X2 8X1 4L1 1L2 X1 2N9 1L gX L 1L5 3L2 1L3 3L1 1L 1L1 3L1 3L2 3Lb 4X4 3X2 1X3 2L 6X eN9
  gX3 1L7 1L2 1Lm 1Lf 3L X6 1X2 1X3 7X1 1L2 5L1 X1 2N9 gL X2 1L7 1L2 1Lm 1L9 1L4 2X L X6 1X2 1X3 7X1 7L 1L1 X1 2N9 1L1
  eX2 1L7 1L2 1L14 2L X6 1X2 1X3 L 5L2 X 7L2 X1 2N9 aL5 2X1 1Lh 3Ln 1L8 1L 2L6 3X 4X5 1X 1X7 6N9 2X1 dS1b Z S1 Z6 5S6
  Z7 1N9 13S1 1S 2S1 1S 2S 6S3 1S6 1S2 1S 1S 2S1 1S3 Z S1 Z5 1Z1 S 2S4 1S 1Z5 2N9 2S3 wL nX1 6N9 bX 1X 1X 4X1 L7 1Lz
  4Xj 1X1 L4 Xa 1Xz 9X 1lS16 Zj S N9 6S5 Z3 S3 Z2 S Z2 S1 Z6 S2 Z3 Sc Zb S Z N9 Z3 S1 L11 1L 5L 2L16 1L98 1L3 2L6 1L
  1L3 2L14 1L3 2Lw 1L3 2L6 1L 1L3 2Le 1L1k 1L3 2L1u 2X2 wLf gL2d 2L5 3Lh7 2Lg 1Lp 5L22 3La 7Lc 1L3 X2 bLh X2 bLh X1
  cLc 1L2 1X1 cS1f Zv 3S 4S Z 2N9 xX3 1N9 6L2f 8L4 X1 Lx X L 5L1x aLu 1Xb 4Xb aN9 St 2S4 bS17 4Sp 6N9 S 3S1 wLm X4
  4S1g Z9 1Zs 2X N9 6N9 6Sd 2Xe 1tX4 L1a Xg L6 4N9 hX8 cX2 Lt Xc L1 N9 L17 Xd cLz Xj 8N9 3L2 N9 Lz 2L8 1zX2 1Xk L3 X
  L3 X2 L1 1X1 6L5b X1h 5X4 L7p 2L5 2L11 2L5 2L7 1L 1L 1L 1Lu 2L1g 1L6 1L 3L2 1L6 3L3 2L5 4Lc 5L2 1L6 fX3 8Q1 aQ 2M
  2X4 U cE 2U1 3C 4E aU bX4 1X9 1L dL gLc 1fXw hL 4L 2L9 1L 3L4 4E 1L 1L 1L 1L3 1L9 F 2L3 5L4 4L hL14 bE5 fE1 a7E1 cE
  2nE 1yE pEa 4E2 57Lb F L12 5cE1 aE 9E 1mE3 1E5 1Eb 1E8 B E2v aE2w B Eb 2E1 B3 E4 1E 1E 6E 3E 6E aE1 fE 2E 4E 1E 4E2
  1E bE4 19E2 9E eE eE acE1 cvE2 jE1 1fE 4E 4qL1a 1L1a 1L3o 6L3 X2 L1 cL11 1L 5L 2L1j 7L fX Lm 9L6 1L6 1L6 1L6 1L6 1L6
  1L6 1L6 1Xv 1bL 28Ip 1I2g cI5x 1bL 1I pI8 X5 E K4 2I2 L1 E 3I2d 2X1 K1 I2 K2i 1K3 5L14 3L2l hLq 1hKf 47E 1E 1iK1a
  1K2f 4oI52t 22Ig5x 16Lwc 1vL19 2L7g 3Lf N9 L1 kL1a X3 1X9 1Lu X1 L27 X1 11L8 2L2u 2Lz 1L7 1rLa X L2 X L3 X Lm X4
  oL1f cX1 L1d Xh aN9 6Xh L5 3L 1L 2N9 Lr X7 2Lm Xc cLs 3X3 L1a Xd eL N9 6S4 Z S9 N9 S4 1L14 Xd 9L2 X L7 X1 2N9 6Sq Z2
  S1d Z S Z2 S1 Z1 S4 Z1 S Z S oS4 La X4 2L2 X1 aL5 2L5 2L5 9L6 1L6 1L16 1L9 aL36 X7 1X1 2N9 6L8mb cLm 4L1c 6isIa5
  2I2x 12L6 cL4 5H X H9 1Hc 1H4 1H 1H1 1H1 1H9 L2p xLa2 iL1r 2L1h 14Lb 4Xf C 2M C bXf 3U1 oU2 C 1Q 1C M qL4 1L3q 2X 7Q
  4C 1Q 1N9 M C 5Lp 4U 1Lp bK1j X1 Lu 3L5 2L5 2L5 2L2 sX2 4Lb 1Lp 1Li 1L1 1Le 2Ld yL3e 1xL1g 3sX 3mLs 3L1c fX vLv gLq
  5L11 X4 5Lt 2Lz 4L7 1L4 16L4d 2N9 6Lz 4Lz 4L13 8L1f 4cL8m 9Ll aL7 48L5 2L 1L17 1L1 3L 2Lm aLm 9Lu 1tLi 1L1 aLl aLp
  1yL1j 6L1 1sL X2 1X1 5X3 L3 1L2 1Lq 4X2 4X wLs 3Ls zL7 1Lr X1 pL1h aLl aLi dLh 32L20 1jL1e dL1e lpX2 L1g Xe vN9 fX3
  L18 Xa 2X iLo 7N9 6X2 Lz Xd 1N9 gLy X 2L 9X2 L1b Xd L3 5X2 3N9 L 1L zLh 1Lo Xb 6X 1tL6 1L 1L3 1Le 1L9 7L1a Xb 5N9
  6X3 1L7 2L1 2Ll 1L6 1L1 1L4 2X L X6 2X1 2X2 2L 6X 5L4 X1 2X6 3X4 3vL1g Xh L3 5N9 12L1b Xj L1 1L 8N9 4mL1a X6 2X8 nL3
  X1 yL1b Xg 3L bN9 12L16 Xc 8N9 1iSp 3Ze 4N9 S1 3S 9sL1r N9 lL cgL1k 7bL8 1L10 X7 1X7 L fN9 oLt 2Xl 1Xd ndLpl 2uL32
  hL5f 24cLtq 34hLg6 6ntLfs 7Lu 1N9 2uLt 2X4 bL1b X6 9L3 cN9 9Lk 5Li ogL1w bL X19 gX3 Lc 1sL cnzK I 2daL2y 5Lc 3L8 7L9
  3X1 1X3 43lX4 3Xl 2X6 uX3 44X2 cbL2c 1L1y 1L1 2L 2L1 2L3 1Lb 1L 1L6 1L1s 1L3 2L7 1L6 1Lr 1L3 1L4 1L 3L6 1L9f 2Lo 1Lo
  1Lu 1Lo 1Lu 1Lo 1Lu 1Lo 1Lu 1Lo 1L7 2N1d e8X1i 4X1d 8X eX mX4 1Xe 11sX6 1Xg 2X6 1X1 1X4 1jpL5g bX6 15L1v X6 5N9 x2L3
  1Lq 1L1 1L 2L 1L9 1L3 1L 1L 6L 4L 1L 1L 1L2 1L1 1L 2L 1L 1L 1L 1L 1L1 1L 2L3 1L6 1L3 1L3 1L 1L9 1Lg 5L2 1L4 1Lg
  90E73 dE2 vE Lp 6Lp 2E3 F1 Lb F1 L9 4E 2E9 iE1k Rp I Ee aE kE 2E8 1E3 9E8r B E1n B2 E1 B E1 B2 E19 T4 E1t B1 E1 Ba
  Ek B3 E3 B E B8 E2 B E3 B2 E B2 Ex B E42 8E19 B1 E3 B Ek B E3 B1 E4t B2 E2 B4 1cEy B Ef B2 E8 B Ea B E1e 38Eb 2dE16
  cE3 1kE7 aE5 14E7 uE29 cEb B4 E B1 E5 B E8 B9 E 1E B1 E6 1E31 B1 E B1 Em Bc E17j 2Iwye 15I378 bI65 2I4g1 866If1
  fherX uX2n 3kX6n
`;

const BASIC = new Uint8Array(0x10000);
/** First code point, last code point and class of each range beyond the basic plane. */
const ASTRAL: (readonly [number, number, Class])[] = [];

let next = 0;
for (const [, gap, letter, more] of RANGES.matchAll(/([0-9a-z]*)([A-Z])([0-9a-z]*)/g)) {
  const first = next + Number.parseInt(gap || '0', 36);
  const last = first + Number.parseInt(more || '0', 36);
  if (last < 0x10000) BASIC.fill(LETTERS[letter], first, last + 1);
  else ASTRAL.push([first, last, LETTERS[letter]]);
  next = last + 1;
}

function astral(point: number): Class {
  let low = 0;
  let high = ASTRAL.length - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    const [first, last, found] = ASTRAL[middle];
    if (point < first) high = middle - 1;
    else if (point > last) low = middle + 1;
    else return found;
  }
  return Class.Other;
}
