import { Type } from '@sinclair/typebox';
import { maxVectorLength } from '../wire/position.ts';
import { Text } from './text.ts';

const newest = 'the id of the newest event';
const id = (description: string) => Type.Optional(Text(maxVectorLength, { minLength: 0, description }));

/** The position of an event stream's client, as the client sends it. */
export const StreamHeaders = Type.Object({ 'last-event-id': id(newest) });

/** Clients that stand in for EventSource cannot always set the header, and put the id into the address. */
export const lastEventIdParameter = { lastEventId: id(`${newest}, where the header cannot be set`) };
