import { Elysia } from 'elysia';
import type { AuthPlugin } from '../../auth/plugin.ts';
import { ChannelParams, missing, noQuery, operate, refusals } from '../schemas.ts';
import type { ChannelService } from './channel-service.ts';
import { ChannelList, ChannelQuery, ChannelView, PublicationList, PublicationQuery } from './model.ts';

export function channelRoutes(auth: AuthPlugin, service: ChannelService) {
  return new Elysia({ name: 'operate-channels', prefix: '/api/operate/channels', tags: ['operate'] })
    .use(auth)
    .get('', ({ query }) => service.list(query), {
      operate,
      query: ChannelQuery,
      response: { 200: ChannelList, ...refusals },
      detail: { summary: 'Channels by their names in the log, with readers, head and rate' },
    })
    .get('/:channel', ({ params }) => service.view(params.channel), {
      operate,
      params: ChannelParams,
      query: noQuery,
      response: { 200: ChannelView, ...missing },
      detail: { summary: 'A channel, and how far its readers are' },
    })
    .get('/:channel/publications', ({ params, query }) => service.publications(params.channel, query), {
      operate,
      params: ChannelParams,
      query: PublicationQuery,
      response: { 200: PublicationList, ...missing },
      detail: { summary: 'Publications of a channel by offset, the newest first' },
    });
}
