#!/usr/bin/env bun
import './runtime.js';

// Only now: what follows is TypeScript, which an older Node cannot read.
await import('./main.ts');
