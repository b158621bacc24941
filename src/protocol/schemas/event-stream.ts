import { Type } from '@sinclair/typebox';
import { maxVectorLength } from '../wire/position.ts';
import { Text } from './text.ts';

const newest = 'the id of the newest event';
const id = (description: string) => Type.Optional(Text(maxVectorLength, { minLength: 0, description }));

/** How the client of an event stream says where it was. */
export const StreamHeaders = Type.Object({ 'last-event-id': id(newest) });

/** Clients that stand in for EventSource cannot always set the header, and put the id into the address. */
export const lastEventIdParameter = { lastEventId: id(`${newest}, where the header cannot be set`) };
