import { Type } from '@sinclair/typebox';
import { channel } from '../../../src/extension/channel.ts';
import { defineDomain } from '../../../src/extension/domain.ts';
import type { Principal } from '../../../src/realtime/principal.ts';

/** People who lost their right to read. */
export const banned = new Set<string>();

const reads = ({ userId, service }: Principal, { id }: { readonly id: string }) =>
  service === true || (userId.startsWith(id) && !banned.has(userId));
const writes = (principal: Principal, parameters: { readonly id: string }) =>
  reads(principal, parameters) && principal.role === 'writer';

/** `board:{id}` is read by people whose id begins with the board's; those with the role `writer` publish and upload. */
export const fileDomain = defineDomain({
  name: 'boards',
  channels: () => [
    channel('board:{id}', { read: reads, publish: writes, files: writes }),
    channel('strict_board:{id}', {
      read: reads,
      publish: writes,
      files: writes,
      publications: { photo: Type.Object({ attachments: Type.Array(Type.Unknown(), { maxItems: 1 }) }) },
    }),
    channel('plain', { read: () => true, publish: () => true }),
  ],
});
