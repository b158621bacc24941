import { createHmac } from 'node:crypto';
import { type Received, startReceiver } from '../receivers.ts';

export const smsAccount = { user: 'AC0123', password: 'auth-token', from: '+14155550100' };
export const callbackUrl = 'https://api.example/api/v1/realtime/sms';

export interface SentSms {
  readonly to: string;
  readonly from: string;
  readonly body: string;
  readonly callback: string | null;
}

/** A provider of SMS on this machine that checks credentials, type and fields as Twilio does. */
export function startSmsServer() {
  const sent: SentSms[] = [];
  let respond: ((sms: SentSms) => Response | Promise<Response>) | undefined;
  const receiver = startReceiver(async ({ path, headers, body }: Received) => {
    if (path !== '/2010-04-01/Accounts/AC0123/Messages.json') return new Response(null, { status: 404 });
    const credentials = Buffer.from(`${smsAccount.user}:${smsAccount.password}`).toString('base64');
    if (headers['authorization'] !== `Basic ${credentials}`) return refuse(401, 20_003);
    if (headers['content-type'] !== 'application/x-www-form-urlencoded') return refuse(415, 20_001);
    const form = new URLSearchParams(body);
    const unknown = [...form.keys()].filter(
      (name) => !['To', 'From', 'MessagingServiceSid', 'Body', 'StatusCallback'].includes(name),
    );
    const to = form.get('To') ?? '';
    if (!/^\+[1-9]\d{6,14}$/.test(to) || unknown.length > 0) return refuse(400, 21_211);
    const sms = {
      to,
      from: form.get('From') ?? form.get('MessagingServiceSid') ?? '',
      body: form.get('Body') ?? '',
      callback: form.get('StatusCallback'),
    };
    if (sms.from === '' || sms.body === '') return refuse(400, 21_602);
    sent.push(sms);
    return respond
      ? respond(sms)
      : Response.json(
          { sid: `SM${sent.length}`, status: 'queued', num_segments: '1', price: null },
          { status: 201 },
        );
  });
  return {
    url: `${receiver.url}2010-04-01/Accounts/AC0123/Messages.json`,
    sent,
    answer: (next: typeof respond) => {
      respond = next;
    },
    [Symbol.asyncDispose]: () => receiver[Symbol.asyncDispose](),
  };
}

/** An error as Twilio responds with it. */
export const refuse = (status: number, code: number, headers = {}) =>
  Response.json({ code, message: 'it is refused', status }, { status, headers });

/** A callback, signed as Twilio's documentation has it: the address, and each field with its value in the order of names. */
export function signedCallback(
  url: string,
  fields: Readonly<Record<string, string>>,
  key = smsAccount.password,
) {
  const signed = Object.keys(fields)
    .sort()
    .reduce((text, name) => text + name + fields[name], url);
  return {
    body: new URLSearchParams(fields).toString(),
    signature: createHmac('sha1', key).update(signed).digest('base64'),
  };
}
