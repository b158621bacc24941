import type { ConfigFile } from './schema.ts';

/** The configuration of `tambuli.config.ts`, with its types; the same keys as in `tambuli.config.json`. */
export function defineConfig(config: ConfigFile): ConfigFile {
  return config;
}
