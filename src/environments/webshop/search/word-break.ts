import { Class, classOf } from './code-points.ts';

/** Lucene cuts longer words into pieces of this many UTF-16 code units. */
const LONGEST = 255;

const JOINER = 0x200d;
const TEXT_STYLE = 0xfe0e;
const EMOJI_STYLE = 0xfe0f;
const KEYCAP = 0x20e3;
const APOSTROPHE = 0x27;

/**
 * The words of a text as Lucene 8's StandardTokenizer finds them (UAX #29 word boundaries, with emoji sequences of UTS #51),
 * as pairs of start and end given to `found`.
 */
export function eachWord(text: string, found: (start: number, end: number) => void): void {
  let at = 0;
  while (at < text.length) {
    const end = wordEnd(text, at, Math.min(text.length, at + LONGEST));
    if (end > at) {
      found(at, end);
      at = end;
    } else at += unitsOf(text.codePointAt(at) as number);
  }
}

/** Where the longest word that begins here ends; `at` itself when none begins here. */
function wordEnd(text: string, at: number, limit: number): number {
  const point = pointAt(text, at, limit);
  const first = classOf(point);
  switch (first) {
    case Class.Letter:
    case Class.HebrewLetter:
    case Class.Katakana:
    case Class.Connector:
      return plainWordEnd(text, at, limit);
    case Class.Numeric:
      return Math.max(plainWordEnd(text, at, limit), keycapEnd(text, at, limit));
    case Class.Ideograph:
      return skipMarks(text, at + unitsOf(point), limit);
    case Class.SouthEastAsian:
    case Class.SouthEastAsianMark:
      return southEastAsianEnd(text, at, limit);
    case Class.Emoji:
    case Class.EmojiBase:
    case Class.SkinTone:
      return emojiEnd(text, at, limit);
    case Class.EmojiLetter:
      return Math.max(plainWordEnd(text, at, limit), emojiEnd(text, at, limit));
    case Class.RegionalIndicator: {
      const second = skipMarks(text, at + 2, limit);
      const isFlag = second < limit && classOf(pointAt(text, second, limit)) === Class.RegionalIndicator;
      return isFlag ? skipMarks(text, second + 2, limit) : joinedEmojiEnd(text, at, limit);
    }
    case Class.Extend:
      return joinedEmojiEnd(text, at, limit);
    default:
      return point === 0x23 || point === 0x2a ? keycapEnd(text, at, limit) : at;
  }
}

/** Letters, digits, katakana and connectors, with what may stand between them (WB5 to WB13b). */
function plainWordEnd(text: string, start: number, limit: number): number {
  let end = start;
  let before: Before = NOTHING;
  let isWord = false;
  while (end < limit) {
    const point = pointAt(text, end, limit);
    const now = letterClass(classOf(point));
    const after = skipMarks(text, end + unitsOf(point), limit);
    if (joins(before, now)) {
      if (now !== Class.Connector) isWord = true;
      before = now;
      end = after;
      continue;
    }
    const next = after < limit ? letterClass(classOf(pointAt(text, after, limit))) : Class.Other;
    if (bridges(before, now, next)) {
      before = now === Class.DoubleQuote ? HEBREW_QUOTE : next;
      end = skipMarks(text, after + unitsOf(pointAt(text, after, limit)), limit);
    } else if (before === Class.HebrewLetter && point === APOSTROPHE) {
      before = HEBREW_QUOTE;
      end = after;
    } else break;
  }
  return isWord ? end : start;
}

/** What a word has behind it: a class, nothing yet, or a quotation that Hebrew closed, over which no second one reaches. */
type Before = Class | typeof NOTHING | typeof HEBREW_QUOTE;
const NOTHING = -1;
const HEBREW_QUOTE = -2;

/** Inside a word Ⓜ is a letter. */
function letterClass(found: Class): Class {
  return found === Class.EmojiLetter ? Class.Letter : found;
}

function isLetter(found: Before): boolean {
  return found === Class.Letter || found === Class.HebrewLetter;
}

function joins(before: Before, now: Class): boolean {
  switch (now) {
    case Class.Letter:
    case Class.HebrewLetter:
    case Class.Numeric:
      return before !== Class.Katakana;
    case Class.Katakana:
      return before === NOTHING || before === Class.Katakana || before === Class.Connector;
    case Class.Connector:
      return true;
    default:
      return false;
  }
}

function bridges(before: Before, now: Class, next: Class): boolean {
  switch (now) {
    case Class.MidLetter:
      return isLetter(before) && isLetter(next);
    case Class.MidNumber:
      return before === Class.Numeric && next === Class.Numeric;
    case Class.MidNumberLetter:
      return (isLetter(before) && isLetter(next)) || (before === Class.Numeric && next === Class.Numeric);
    case Class.DoubleQuote:
      return before === Class.HebrewLetter && next === Class.HebrewLetter;
    default:
      return false;
  }
}

function southEastAsianEnd(text: string, start: number, limit: number): number {
  let end = start;
  while (end < limit) {
    const point = pointAt(text, end, limit);
    const found = classOf(point);
    if (found !== Class.SouthEastAsian && found !== Class.SouthEastAsianMark) break;
    end = skipMarks(text, end + unitsOf(point), limit);
  }
  return end;
}

/** A digit, # or * in a key: `1️⃣`. */
function keycapEnd(text: string, start: number, limit: number): number {
  const plain = skipEmojiMarks(text, start + 1, limit);
  const styled = plain + 1;
  if (styled < limit && text.charCodeAt(plain) === EMOJI_STYLE && text.charCodeAt(styled) === KEYCAP)
    return skipEmojiMarks(text, styled + 1, limit);
  for (let at = start + 1; at < plain; at++) if (text.charCodeAt(at) === KEYCAP) return plain;
  return start;
}

/** An emoji that begins with joiners left over from what was before. */
function joinedEmojiEnd(text: string, start: number, limit: number): number {
  let at = start;
  while (at < limit && text.charCodeAt(at) === JOINER) at++;
  if (at === start || at === limit) return start;
  const found = classOf(pointAt(text, at, limit));
  return isEmoji(found) && found !== Class.SkinTone ? emojiEnd(text, at, limit) : start;
}

/** Emoji with marks, skin tones and style, joined by joiners. */
function emojiEnd(text: string, start: number, limit: number): number {
  let at = start;
  for (;;) {
    const point = pointAt(text, at, limit);
    const found = classOf(point);
    at = skipEmojiMarks(text, at + unitsOf(point), limit);
    const toned = found === Class.EmojiBase && at < limit && classOf(pointAt(text, at, limit)) === Class.SkinTone;
    if (toned) at = skipEmojiMarks(text, at + 2, limit);
    else if (found !== Class.SkinTone && at < limit && text.charCodeAt(at) === EMOJI_STYLE) {
      at++;
      const tagged = tagsEnd(text, at, limit);
      if (tagged > at) return tagged;
      if (at >= limit || text.charCodeAt(at) !== JOINER) return at;
      if (at + 1 >= limit || !isEmoji(classOf(pointAt(text, at + 1, limit)))) return at;
      at++;
      continue;
    }
    if (at >= limit || text.charCodeAt(at - 1) !== JOINER || !isEmoji(classOf(pointAt(text, at, limit)))) return at;
  }
}

/** Tag characters closed by the cancel tag, as in the flags of regions. */
function tagsEnd(text: string, start: number, limit: number): number {
  let at = start;
  while (at + 2 <= limit) {
    const point = pointAt(text, at, limit);
    if (point === 0xe007f) return at > start ? at + 2 : start;
    if (point < 0xe0020 || point > 0xe007e) return start;
    at += 2;
  }
  return start;
}

function isEmoji(found: Class): boolean {
  return found === Class.Emoji || found === Class.EmojiBase || found === Class.SkinTone || found === Class.EmojiLetter;
}

/** Past the marks that belong to what is before (WB4). */
function skipMarks(text: string, start: number, limit: number): number {
  let at = start;
  while (at < limit) {
    const unit = text.charCodeAt(at);
    if (unit < 0xad) break;
    const point = pointAt(text, at, limit);
    const found = classOf(point);
    if (found !== Class.Extend && found !== Class.SouthEastAsianMark) break;
    at += unitsOf(point);
  }
  return at;
}

/** The same, up to a style selector. */
function skipEmojiMarks(text: string, start: number, limit: number): number {
  let at = start;
  while (at < limit) {
    const point = pointAt(text, at, limit);
    if (point === EMOJI_STYLE || point === TEXT_STYLE) break;
    const found = classOf(point);
    if (found !== Class.Extend && found !== Class.SouthEastAsianMark) break;
    at += unitsOf(point);
  }
  return at;
}

/** The code point at a place, seeing no further than the limit. */
function pointAt(text: string, at: number, limit: number): number {
  const unit = text.charCodeAt(at);
  return unit < 0xd800 || unit > 0xdbff || at + 1 >= limit ? unit : (text.codePointAt(at) as number);
}

function unitsOf(point: number): number {
  return point > 0xffff ? 2 : 1;
}
