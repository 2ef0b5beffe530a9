import type { MemoryEvent, Reader } from './events.ts';

const NAME = String.raw`(\w+ \d+)`;

/** The household's wording, see environments/household/domain.ts. */
export const householdReader: Reader = {
  knows: (observation) => observation.includes('Around you: '),
  read: (observation) => observation.split('\n').flatMap(readLine),
  tools: (words) => [
    ...(has(words, 'clean', 'wash') ? ['basin'] : []),
    ...(has(words, 'warm') ? ['stove'] : []),
    ...(has(words, 'cold', 'chill') ? ['cooler'] : []),
  ],
};

function has(words: readonly string[], ...any: readonly string[]): boolean {
  return any.some((word) => words.includes(word));
}

function list(text: string): string[] {
  return text === 'nothing' ? [] : text.split(', ');
}

const RULES: readonly [RegExp, (m: RegExpExecArray) => MemoryEvent[]][] = [
  [/^Nothing happens\.$/, () => [{ kind: 'refused' }]],
  [/^Your task: (.*)$/, ([, sentence]) => [{ kind: 'task', sentence }]],
  [/Around you: (.*)\.$/, ([, places]) => [{ kind: 'places', places: list(places) }]],
  [
    new RegExp(`^You are at ${NAME}\\. It is closed\\.$`),
    ([, place]) => [
      { kind: 'at', place },
      { kind: 'closed', place },
    ],
  ],
  [
    new RegExp(`^You are at ${NAME}\\.(?: It is open\\.)? [IO]n it: (.*)\\.$`),
    ([, place, things]) => [
      { kind: 'at', place },
      { kind: 'contents', place, things: list(things) },
    ],
  ],
  [
    new RegExp(`^You open ${NAME}\\. In it: (.*)\\.$`),
    ([, place, things]) => [{ kind: 'contents', place, things: list(things) }],
  ],
  [new RegExp(`^You close ${NAME}\\.$`), ([, place]) => [{ kind: 'closed', place }]],
  [new RegExp(`^You take ${NAME} from ${NAME}\\.$`), ([, thing, place]) => [{ kind: 'took', thing, place }]],
  [new RegExp(`^You put ${NAME} (?:in|on) ${NAME}\\.$`), ([, thing, place]) => [{ kind: 'put', thing, place }]],
  [new RegExp(`^You wash ${NAME} at`), ([, thing]) => [{ kind: 'quality', thing, quality: 'clean' }]],
  [new RegExp(`^You warm ${NAME} at`), ([, thing]) => [{ kind: 'quality', thing, quality: 'warm', replaces: 'cold' }]],
  [new RegExp(`^You chill ${NAME} at`), ([, thing]) => [{ kind: 'quality', thing, quality: 'cold', replaces: 'warm' }]],
  [new RegExp(`^You switch (on|off) ${NAME}\\.$`), ([, way, thing]) => [{ kind: 'switched', thing, on: way === 'on' }]],
  [/^You hold nothing\.$/, () => [{ kind: 'holding', thing: undefined }]],
  [
    new RegExp(`^You hold ${NAME}\\.(?: It is (.*)\\.)?$`),
    ([, thing, qualities]) => [
      { kind: 'holding', thing },
      ...(qualities ?? '')
        .split(' and ')
        .filter((q) => q !== '')
        .map((quality): MemoryEvent => ({ kind: 'quality', thing, quality })),
    ],
  ],
];

function readLine(line: string): MemoryEvent[] {
  for (const [pattern, events] of RULES) {
    const match = pattern.exec(line);
    if (match) return events(match);
  }
  return [];
}
