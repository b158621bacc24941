import adapter from '@sveltejs/adapter-node';
import { sveltekit } from '@sveltejs/kit/vite';
import { defineConfig, loadEnv } from 'vite';

const { ORIGIN } = loadEnv('production', '.', 'ORIGIN');

export default defineConfig({
  plugins: [
    sveltekit({
      // PORT is Tambuli's; that of this server is SHOP_PORT.
      adapter: adapter({ envPrefix: 'SHOP_' }),
      // Forms are taken from pages of this origin alone.
      paths: { origin: ORIGIN },
    }),
  ],
});
