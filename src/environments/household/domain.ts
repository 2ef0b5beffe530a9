/**
 * The rules and the wording of the household, as the two texts the interpreter of `textgame` reads.
 *
 * Everything an observation can say (P is a place such as `shelf 2`, T a thing such as `cup 1`, Ts a list `T, T, …` or
 * `nothing`):
 *
 *     You are in a kitchen. Around you: P, P, …            reset, and `look` before the first move
 *     Your task: put a clean cup on a shelf.               reset, after a blank line
 *     You are at P. On it: Ts.                             `go to P` and `look`, a place with a top
 *     You are at P. In it: Ts.                             …, a place that cannot be closed
 *     You are at P. It is open. In it: Ts.
 *     You are at P. It is closed.
 *     You open P. In it: Ts.                               `open P`
 *     You close P.                                         `close P`
 *     You take T from P.                                   `take T from P`
 *     You put T in P.      You put T on P.                 `put T in P`, `put T on P`
 *     You wash T at P. It is clean.                        `wash T at P`
 *     You warm T at P. It is warm.                         `warm T at P`
 *     You chill T at P. It is cold.                        `chill T at P`
 *     You switch on T.     You switch off T.               `switch on T`, `switch off T`
 *     You hold T.          You hold T. It is clean and warm.     You hold nothing.      `inventory`
 *     Nothing happens.                                     anything else
 */

/**
 * The planning domain. Looking around has the effect `awake`, which always holds: an action without any effect would
 * not exist, and one with a real effect would make two equal situations differ in state.
 */
export const HOUSEHOLD_DOMAIN = `
(define (domain household)
 (:requirements :adl :typing)
 (:types agent place thing placekind thingkind)
 (:predicates
  (at ?a - agent ?p - place)                 ; the agent stands at the place
  (awake ?a - agent)                         ; always true
  (free ?a - agent)                          ; the agent's hands are empty
  (holds ?a - agent ?o - thing)
  (kitchen ?a - agent) (washroom ?a - agent) (bedroom ?a - agent) (study ?a - agent)   ; the room
  (furniture ?p - place)                     ; one can go there; false only for the middle of the room
  (sort ?p - place ?s - placekind)
  (openable ?p - place)
  (opened ?p - place)
  (hollow ?p - place)                        ; things go in it, otherwise on it
  (washer ?p - place) (warmer ?p - place) (chiller ?p - place)
  (kind ?o - thing ?k - thingkind)
  (fits ?s - placekind ?k - thingkind)       ; such a place takes such a thing
  (in ?o - thing ?p - place)                 ; in it or on it
  (movable ?o - thing)
  (washable ?o - thing) (warmable ?o - thing) (chillable ?o - thing)
  (clean ?o - thing) (warm ?o - thing) (cold ?o - thing)
  (lamp ?o - thing)
  (lit ?o - thing)
 )

 (:action look
  :parameters (?a - agent)
  :precondition ()
  :effect (awake ?a))

 (:action inventory
  :parameters (?a - agent)
  :precondition ()
  :effect (awake ?a))

 (:action go
  :parameters (?a - agent ?from - place ?p - place)
  :precondition (and (at ?a ?from) (furniture ?p) (not (at ?a ?p)))
  :effect (and (not (at ?a ?from)) (at ?a ?p)))

 (:action open
  :parameters (?a - agent ?p - place)
  :precondition (and (at ?a ?p) (openable ?p) (not (opened ?p)))
  :effect (opened ?p))

 (:action close
  :parameters (?a - agent ?p - place)
  :precondition (and (at ?a ?p) (openable ?p) (opened ?p))
  :effect (not (opened ?p)))

 (:action take
  :parameters (?a - agent ?o - thing ?p - place)
  :precondition (and (at ?a ?p) (in ?o ?p) (movable ?o) (free ?a) (or (not (openable ?p)) (opened ?p)))
  :effect (and (not (in ?o ?p)) (not (free ?a)) (holds ?a ?o)))

 (:action putin
  :parameters (?a - agent ?o - thing ?p - place)
  :precondition (and (at ?a ?p) (holds ?a ?o) (hollow ?p) (or (not (openable ?p)) (opened ?p))
   (exists (?s - placekind ?k - thingkind) (and (sort ?p ?s) (kind ?o ?k) (fits ?s ?k))))
  :effect (and (in ?o ?p) (not (holds ?a ?o)) (free ?a)))

 (:action puton
  :parameters (?a - agent ?o - thing ?p - place)
  :precondition (and (at ?a ?p) (holds ?a ?o) (not (hollow ?p))
   (exists (?s - placekind ?k - thingkind) (and (sort ?p ?s) (kind ?o ?k) (fits ?s ?k))))
  :effect (and (in ?o ?p) (not (holds ?a ?o)) (free ?a)))

 (:action wash
  :parameters (?a - agent ?o - thing ?p - place)
  :precondition (and (at ?a ?p) (washer ?p) (holds ?a ?o) (washable ?o))
  :effect (clean ?o))

 (:action warm
  :parameters (?a - agent ?o - thing ?p - place)
  :precondition (and (at ?a ?p) (warmer ?p) (holds ?a ?o) (warmable ?o))
  :effect (and (warm ?o) (not (cold ?o))))

 (:action chill
  :parameters (?a - agent ?o - thing ?p - place)
  :precondition (and (at ?a ?p) (chiller ?p) (holds ?a ?o) (chillable ?o))
  :effect (and (cold ?o) (not (warm ?o))))

 (:action switchon
  :parameters (?a - agent ?o - thing ?p - place)
  :precondition (and (at ?a ?p) (in ?o ?p) (lamp ?o) (not (lit ?o)))
  :effect (lit ?o))

 (:action switchoff
  :parameters (?a - agent ?o - thing ?p - place)
  :precondition (and (at ?a ?p) (in ?o ?p) (lamp ?o) (lit ?o))
  :effect (not (lit ?o)))
)
`;

/**
 * The commands and answers; `task` is the sentence that follows `Your task: `, full stop included. It has a block to
 * itself, so that the interpreter need not read the others again for every task.
 */
export function householdGrammar(task: string): string {
  return `${WORDING}
grammar :: """{ "task": [{ "rhs": "Your task: ${task}" }] }""";
`;
}

const WORDING = `
grammar :: """
{
  "intro": [{ "rhs": "#surroundings#\\n\\n#task#" }],
  "surroundings": [
    { "condition": "at(a:agent, p:place) & furniture(p:place)", "rhs": "{#view# | at(a:agent, p:place)}" },
    { "rhs": "You are in a #room#. Around you: [{p.name | furniture(p:place)}]." }
  ],
  "room": [
    { "condition": "kitchen(a:agent)", "rhs": "kitchen" },
    { "condition": "washroom(a:agent)", "rhs": "washroom" },
    { "condition": "bedroom(a:agent)", "rhs": "bedroom" },
    { "condition": "study(a:agent)", "rhs": "study" },
    { "rhs": "room" }
  ],
  "view": [
    { "condition": "openable(p:place) & opened(p:place)", "rhs": "You are at {p.name}. It is open. #inside#" },
    { "condition": "openable(p:place)", "rhs": "You are at {p.name}. It is closed." },
    { "condition": "hollow(p:place)", "rhs": "You are at {p.name}. #inside#" },
    { "rhs": "You are at {p.name}. On it: [{o.name | in(o:thing, p:place)}]." }
  ],
  "inside": [{ "rhs": "In it: [{o.name | in(o:thing, p:place)}]." }],
  "held": [
    { "condition": "clean(o:thing) & warm(o:thing)", "rhs": "You hold {o.name}. It is clean and warm." },
    { "condition": "clean(o:thing) & cold(o:thing)", "rhs": "You hold {o.name}. It is clean and cold." },
    { "condition": "clean(o:thing)", "rhs": "You hold {o.name}. It is clean." },
    { "condition": "warm(o:thing)", "rhs": "You hold {o.name}. It is warm." },
    { "condition": "cold(o:thing)", "rhs": "You hold {o.name}. It is cold." },
    { "rhs": "You hold {o.name}." }
  ],
  "hands": [
    { "condition": "holds(a:agent, o:thing)", "rhs": "{#held# | holds(a:agent, o:thing)}" },
    { "rhs": "You hold nothing." }
  ],
  "list_empty": [{ "rhs": "nothing" }],
  "list_separator": [{ "rhs": ", " }],
  "list_last_separator": [{ "rhs": ", " }]
}
""";

action look { template :: "look"; feedback :: "#surroundings#"; }
action inventory { template :: "inventory"; feedback :: "#hands#"; }
action go { template :: "go to {p}"; feedback :: "#view#"; }
action open { template :: "open {p}"; feedback :: "You open {p.name}. #inside#"; }
action close { template :: "close {p}"; feedback :: "You close {p.name}."; }
action take { template :: "take {o} from {p}"; feedback :: "You take {o.name} from {p.name}."; }
action putin { template :: "put {o} in {p}"; feedback :: "You put {o.name} in {p.name}."; }
action puton { template :: "put {o} on {p}"; feedback :: "You put {o.name} on {p.name}."; }
action wash { template :: "wash {o} at {p}"; feedback :: "You wash {o.name} at {p.name}. It is clean."; }
action warm { template :: "warm {o} at {p}"; feedback :: "You warm {o.name} at {p.name}. It is warm."; }
action chill { template :: "chill {o} at {p}"; feedback :: "You chill {o.name} at {p.name}. It is cold."; }
action switchon { template :: "switch on {o}"; feedback :: "You switch on {o.name}."; }
action switchoff { template :: "switch off {o}"; feedback :: "You switch off {o.name}."; }
`;
