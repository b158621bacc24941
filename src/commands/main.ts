#!/usr/bin/env bun
import './runtime.js';
import { runCommandLine } from './command-line.ts';
import { program } from './program.ts';

await runCommandLine(program());
