import { type CompiledWorld, compileWorld } from '../world.ts';
import { aliased } from './aliased.ts';
import { keyDoor } from './key-door.ts';
import { loop } from './loop.ts';
import { noisy } from './noisy.ts';
import { shop } from './shop.ts';
import { trapChain } from './trap-chain.ts';

/** The worlds of the laboratory. */
export const WORLDS: readonly CompiledWorld[] = [trapChain, keyDoor, shop, loop, noisy, aliased].map(compileWorld);
