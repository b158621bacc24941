import { defineDomain } from '../../../src/extension/domain.ts';

/** Channels in which everybody may do everything there is, and is seen. */
export const roomDomain = defineDomain({
  name: 'rooms',
  channels: () => [
    {
      pattern: 'rooms:{id}',
      read: () => true,
      publish: () => true,
      ephemeral: ['typing'],
      presence: true,
    },
  ],
});
