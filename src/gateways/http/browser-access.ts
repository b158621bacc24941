import { cors } from '@elysiajs/cors';
import { Elysia } from 'elysia';
import { AppError } from '../../errors.ts';
import { checkHost, checkOrigin, isListed, type OriginRules } from '../callers/origin.ts';
import { isOfEngineSession } from '../callers/socket-io-path.ts';
import { problemResponse } from './problem.ts';
import { requestFacts } from './request-facts.ts';
import { refusalStream } from './stream-refusal.ts';

/** Response headers that pages of listed origins may read, beside those that every page may. */
const exposedHeaders = [
  'x-request-id',
  'retry-after',
  'etag',
  'link',
  'x-position',
  'x-timestamp',
  'x-recovered',
  'x-more',
];
/** The header by which a preflight names the headers of the request to come; a request without any names none. */
const asked = 'access-control-request-headers';
const reading = ['GET', 'HEAD', 'OPTIONS'];

/**
 * Pages of listed origins may read every answer; a page of any other origin may not write either, though a browser sends
 * a form of its without asking. The gateways of sockets check the origin themselves, as they refuse by a frame.
 */
export function browserAccess(rules: OriginRules) {
  const plugin = new Elysia({ name: 'browser-access' }).onRequest(({ request }) => {
    let response: Response | undefined;
    try {
      checkHost(request, rules);
      // @elysiajs/cors otherwise allows a header named `undefined`.
      if (request.method === 'OPTIONS' && !request.headers.has(asked)) request.headers.set(asked, '');
      if (!reading.includes(request.method) && !isOfEngineSession(request)) checkOrigin(request, rules);
    } catch (error) {
      const refusal = AppError.from(error);
      response = refusalStream(request, refusal) ?? problemResponse(refusal, requestFacts.get(request)?.id);
    }
    // Elysia awaits a hook whose text returns a call, for every request.
    return response;
  });
  if (rules.listed.length === 0 && !rules.local) return plugin;
  const all = rules.listed.includes('*');
  return plugin.use(
    cors({
      // A page of any origin may read what it asks for without cookies, which this server does not use.
      ...(all ? { origin: '*' } : { origin: ({ headers }) => isListed(headers.get('origin') ?? '', rules) }),
      credentials: !all,
      exposeHeaders: exposedHeaders,
    }),
  );
}
