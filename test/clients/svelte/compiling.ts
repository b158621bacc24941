import type { BunPlugin } from 'bun';
import { compile as compile5 } from 'svelte/compiler';

const compiling = (compile: (source: string) => string): BunPlugin => ({
  name: 'svelte',
  setup(build) {
    build.onLoad({ filter: /\.svelte$/ }, async ({ path }) => ({
      contents: compile(await Bun.file(path).text()),
      loader: 'js',
    }));
  },
});

// By a name that the compiler of TypeScript does not follow: both versions declare the same modules.
const compiler4: string = 'svelte-4/compiler';
const { compile: compile4 } = await import(compiler4);

/** The parts that a bundle with components needs, by version. */
export const svelte4 = {
  aliases: { svelte: 'svelte-4' },
  plugin: compiling((source) => compile4(source, { generate: 'dom' }).js.code),
};
export const svelte5 = {
  aliases: {},
  plugin: compiling((source) => compile5(source, { generate: 'client' }).js.code),
};
