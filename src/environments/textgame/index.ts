/**
 * An interpreter for text games that come as a PDDL domain, a PDDL problem and a twl2 grammar, as ALFWorld's do: `new Game(texts)` reads one,
 * `new GameState(game)` plays it (`observation`, `admissible`, `apply(command)`, `won`, `stateKey`).
 */
export { GamePlayError, GameTextError } from './errors.ts';
export { Game, type GameTexts } from './game.ts';
export { GameState, REFUSAL } from './state.ts';
export { TextEnvironment, type TextEnvironmentOptions } from './text-environment.ts';
