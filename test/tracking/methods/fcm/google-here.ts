import http from 'node:http';
import https from 'node:https';

/** Preloaded into a server: the requests for Google's two services go to `GOOGLE_HERE` in place of the internet. */
const here = process.env['GOOGLE_HERE'];
if (here === undefined) throw new Error('GOOGLE_HERE is not set.');
const google = new Set(['oauth2.googleapis.com', 'fcm.googleapis.com']);
const outside = https.request;

function request(
  ...[url, options, callback]: [URL, http.RequestOptions, (response: http.IncomingMessage) => void]
) {
  if (!google.has(url.hostname)) return outside(url, options, callback);
  return http.request(new URL(url.pathname, here), options, callback);
}
Object.assign(https, { request });
