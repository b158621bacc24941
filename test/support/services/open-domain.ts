import { defineDomain } from '../../../src/extension/domain.ts';

/** Channels that everybody may use: `open:{id}` to publish, `lobby:{id}` to be seen and to whisper, `own` personal. */
export const openDomain = defineDomain({
  name: 'open',
  channels: () => [
    { pattern: 'open:{id}', read: () => true, publish: () => true },
    { pattern: 'lobby:{id}', read: () => true, ephemeral: ['typing', 'disconnect'], presence: true },
    { pattern: 'own', read: () => true, publish: () => true, ephemeral: ['typing'], personal: true },
  ],
});
