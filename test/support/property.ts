import fc from 'fast-check';
import { runSeed } from './random.ts';

// fast-check takes 32 bits with a sign, and names the path of a counterexample under this seed.
fc.configureGlobal({ seed: runSeed() | 0 });

export { fc };
