import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Random } from '../../text/random.ts';
import { Game, GameState, GameTextError, type GameTexts } from './index.ts';
import { reachable } from './oracle.test-support.ts';

const domain = `
(define (domain den) ; a comment
 (:types agent spot thing kind)
 (:predicates (AT ?a - agent ?s - spot) (in ?t - thing ?s - spot) (holds ?a - agent ?t - thing) (busy ?a - agent)
  (shut ?s - spot) (sort ?t - thing ?k - kind) (seen ?s - spot) (lit ?t - thing))
 (:action go :parameters (?a - agent ?from - spot ?s - spot)
  :precondition (at ?a ?from) :effect (and (not (at ?a ?from)) (at ?a ?s) (increase (total-cost) 1)))
 (:action look :parameters (?a - agent ?s - spot) :precondition (at ?a ?s) :effect (seen ?s))
 (:action open :parameters (?a - agent ?s - spot) :precondition (and (at ?a ?s) (shut ?s)) :effect (not (shut ?s)))
 (:action take :parameters (?a - agent ?t - thing ?s - spot)
  :precondition (and (at ?a ?s) (in ?t ?s) (not (busy ?a)) (not (shut ?s))) :effect (and (not (in ?t ?s)) (holds ?a ?t) (busy ?a)))
 (:action put :parameters (?a - agent ?t - thing ?s - spot)
  :precondition (and (at ?a ?s) (holds ?a ?t) (or (not (shut ?s)) (exists (?x - spot, ?y - thing) (in ?y ?x))))
  :effect (and (in ?t ?s) (not (holds ?a ?t)) (not (busy ?a))))
 (:action turn :parameters (?a - agent ?t - thing) :precondition (exists (?s - spot) (and (at ?a ?s) (in ?t ?s) (not (= ?t ring))))
  :effect (and (when (lit ?t) (not (lit ?t))) (when (not (lit ?t)) (lit ?t))))
)`;
const grammar = `
grammar :: """{
 "intro": [{ "rhs": "You see [{s.name | shut(s:spot)}]. #task#" }],
 "task": [{ "rhs": "Bring the ring." }],
 "here": [
  { "condition": "shut(s:spot)", "rhs": "It is shut." },
  { "rhs": "There is [{#one# | in(t:thing, s:spot)}]." }
 ],
 "one": [{ "rhs": "{t.indefinite} {t.name}" }],
 "left": [{ "condition": "not_in(t:thing, s:spot)", "rhs": "Gone: [{t.name | not_in(t:thing, s:spot)}]." }, { "rhs": "Nothing left here." }],
 "list_empty": [{ "rhs": "nothing" }], "list_separator": [{ "rhs": ", " }], "list_last_separator": [{ "rhs": ", and " }]
}""";
action Go { template :: "go to {s}"; feedback :: "{s.name}. #here#"; } # ends with a comment
action look { template :: "look"; feedback :: "#left#"; }
action open { template :: "open {s}"; feedback :: "
 #here#
"; }
action take { template :: "take {t} from {s}"; feedback :: "Taken."; }
action put { template :: "put {t} in {s}"; feedback :: "Put."; }
action turn { template :: "turn {t}"; feedback :: "Turned."; }
`;
const problem = `
(define (problem p) (:domain den)
 (:objects hero - agent nook - spot chest - spot hall - spot ring - thing cup - thing fork - thing gold - kind)
 (:init (at hero hall) (in ring chest) (in cup nook) (in fork nook) (shut chest) (sort ring gold) (= (total-cost) 0))
 (:goal (exists (?t - thing) (and (in ?t hall) (sort ?t gold)))))`;
const texts: GameTexts = { domain, grammar, problem };

function play(...commands: string[]): { state: GameState; answers: string[] } {
  const state = new GameState(new Game(texts));
  return {
    state,
    answers: commands.map((c) => {
      state.apply(c);
      return state.observation;
    }),
  };
}

describe('a text game', () => {
  it('is told and played by its own texts', () => {
    expect(play().state.observation).toBe('You see chest. Bring the ring.');
    const { state, answers } = play(
      'go to chest',
      'take ring from chest',
      'open chest',
      'take ring from chest',
      'go to hall',
      'put ring in hall',
    );
    expect(answers).toEqual([
      'chest. It is shut.',
      'Nothing happens.',
      'There is a ring.\n',
      'Taken.',
      'hall. There is nothing.',
      'Put.',
    ]);
    expect(state.won).toBe(true);
  });

  it('lists what can be done, sorted, without the ways that lead nowhere', () => {
    expect(play().state.admissible).toEqual(['go to chest', 'go to nook', 'look']);
    // The exists over a type that nothing has never helps; a toggle stays possible.
    expect(play('go to nook').state.admissible).toEqual([
      'go to chest',
      'go to hall',
      'look',
      'take cup from nook',
      'take fork from nook',
      'turn cup',
      'turn fork',
    ]);
  });

  it('lists in the order of the ids, with "and" before the last', () => {
    expect(play('go to nook').answers[0]).toBe('nook. There is a cup, and a fork.');
  });

  it('tells from a store of its own, in which what was taken away leaves a trace', () => {
    const { answers } = play('go to nook', 'look', 'take cup from nook', 'look', 'put cup in nook', 'look');
    expect([answers[1], answers[3], answers[5]]).toEqual(['Nothing left here.', 'Gone: cup.', 'Nothing left here.']);
  });

  it('has equal state keys exactly for equal facts', () => {
    const a = play('go to nook', 'take cup from nook', 'put cup in nook').state;
    const b = play('go to nook').state;
    expect(a.stateKey).toBe(b.stateKey);
    expect(a.factTexts()).toEqual(b.factTexts());
    expect(play('go to nook', 'look').state.stateKey).not.toBe(b.stateKey);
    const refused = play('go to nook', 'fly', 'take ring from chest').state;
    expect(refused.stateKey).toBe(b.stateKey);
  });

  it('agrees with a direct reading of the rules on random play', () => {
    for (let game = 0; game < 20; game++) {
      const random = Random.of(game, 'play');
      const state = new GameState(new Game(texts));
      for (let step = 0; step < 40; step++) {
        const operators = reachable(texts.domain, texts.problem, state.factTexts());
        const expected = new Set(
          operators.map(
            ({ action, values }) =>
              ({
                go: `go to ${values[2]}`,
                look: 'look',
                open: `open ${values[1]}`,
                take: `take ${values[1]} from ${values[2]}`,
                put: `put ${values[1]} in ${values[2]}`,
                turn: `turn ${values[1]}`,
              })[action]!,
          ),
        );
        expect(state.admissible).toEqual([...expected].sort());
        state.apply(random.pick(state.admissible));
      }
    }
  });
});

describe('bad texts', () => {
  const refused = (changed: Partial<GameTexts>): string => {
    try {
      new GameState(new Game({ ...texts, ...changed }));
    } catch (error) {
      expect(error).toBeInstanceOf(GameTextError);
      return (error as Error).message;
    }
    throw new Error('it was accepted');
  };

  it('are refused with part, line and reason', () => {
    expect(refused({ domain: '(define (domain d) (:action a :effect (forall (?x) (p ?x))))' })).toMatch(
      /domain, line 1: forall is not supported/,
    );
    expect(refused({ problem: `${problem})` })).toMatch(/problem, line 5: unexpected \)/);
    expect(refused({ problem: problem.replace('(in ring chest)', '(in ring moon)') })).toMatch(/unknown object moon/);
    expect(refused({ grammar: 'action go { template :: "x"; }' })).toMatch(/needs a template and a feedback/);
    expect(refused({ grammar: 'action go { template :: "x' })).toMatch(/never closed/);
    expect(refused({ domain: '('.repeat(10_000) })).toMatch(/nested/);
  });

  it('never do worse than that, however they are mangled', () => {
    const mangled = fc.tuple(
      fc.constantFrom('domain', 'grammar', 'problem') as fc.Arbitrary<'domain' | 'grammar' | 'problem'>,
      fc.nat(),
      fc.nat(40),
      fc.constantFrom('', '(', ')', '"', '{', '}', '#', '|', '?', '__proto__', 'not ', '\u0000'),
    );
    fc.assert(
      fc.property(mangled, ([part, at, length, insert]) => {
        const text = texts[part];
        const start = at % text.length;
        const changed = text.slice(0, start) + insert + text.slice(start + length);
        try {
          const state = new GameState(new Game({ ...texts, [part]: changed }));
          for (const command of state.admissible.slice(0, 5)) state.apply(command);
        } catch (error) {
          if (!(error instanceof GameTextError)) throw error;
        }
        expect(Object.keys(Object.prototype)).toEqual([]);
      }),
      { numRuns: 1500 },
    );
  });
});
