import { generateKeyPairSync } from 'node:crypto';
import { type Static, Type } from '@sinclair/typebox';
import { Value } from '@sinclair/typebox/value';
import { importSPKI, jwtVerify } from 'jose';
import { startReceiver } from '../receivers.ts';

const pair = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
});

/** A service account whose key the servers below know. */
export const account = {
  projectId: 'tambuli-test',
  clientEmail: 'push@tambuli-test.iam.gserviceaccount.com',
  privateKey: pair.privateKey,
};

const closed = { additionalProperties: false };
const Texts = Type.Record(
  // `from`, `message_type` and what begins with `google` or `gcm` is the service's own.
  Type.String({ pattern: '^(?!from$|message_type$|google|gcm).+$' }),
  Type.String(),
  closed,
);
const Alert = Type.Object({ title: Type.String(), body: Type.String() }, closed);

/** The fields of `projects.messages.send`, HTTP v1, that a data message may have. */
const Body = Type.Object(
  {
    message: Type.Object(
      {
        token: Type.String({ minLength: 20 }),
        data: Texts,
        android: Type.Optional(
          Type.Object(
            {
              collapse_key: Type.String(),
              priority: Type.Union([Type.Literal('NORMAL'), Type.Literal('HIGH')]),
              ttl: Type.String({ pattern: '^\\d+(\\.\\d+)?s$' }),
            },
            closed,
          ),
        ),
        apns: Type.Optional(
          Type.Object(
            {
              headers: Type.Record(Type.String({ pattern: '^apns-[a-z-]+$' }), Type.String(), closed),
              payload: Type.Object(
                {
                  aps: Type.Object(
                    {
                      'content-available': Type.Literal(1),
                      'mutable-content': Type.Optional(Type.Literal(1)),
                      'thread-id': Type.Optional(Type.String()),
                      alert: Type.Optional(Alert),
                    },
                    closed,
                  ),
                },
                closed,
              ),
            },
            closed,
          ),
        ),
        webpush: Type.Optional(
          Type.Object({ headers: Type.Record(Type.String(), Type.String(), closed) }, closed),
        ),
      },
      closed,
    ),
  },
  closed,
);
export type FcmMessage = Static<typeof Body>['message'];

export interface FcmServer extends AsyncDisposable {
  readonly addresses: { readonly token: string; readonly messages: string };
  /** The messages that were sent with a valid token, in the order of arrival, whatever was answered. */
  readonly messages: FcmMessage[];
  /** Access tokens that were granted. */
  granted(): number;
  /** From now on messages, or requests for tokens, are answered so; undefined: as they deserve. */
  answer(respond: ((message: FcmMessage) => Response | Promise<Response>) | undefined): void;
  answerTokens(respond: (() => Response) | undefined): void;
  /** Access tokens granted so far are refused. */
  revoke(): void;
}

interface FcmOptions {
  /** Seconds that an access token lives. */
  readonly expiresIn?: number;
  readonly now?: () => Date;
  /** The address that assertions have to be meant for; the server's own when left out. */
  readonly audience?: string;
}

/** Google's two services on this machine: they verify the assertion, the access token and the fields of a message. */
export function startFcm({
  expiresIn = 3_600,
  now = () => new Date(),
  audience,
}: FcmOptions = {}): FcmServer {
  const messages: FcmMessage[] = [];
  const known = new Set<string>();
  let granted = 0;
  let respond: ((message: FcmMessage) => Response | Promise<Response>) | undefined;
  let respondToken: (() => Response) | undefined;
  const receiver = startReceiver(async ({ path, headers, body }) => {
    if (path === '/token') {
      if (respondToken) return respondToken();
      const form = new URLSearchParams(body);
      const isForm = headers['content-type'] === 'application/x-www-form-urlencoded';
      const isGrant = form.get('grant_type') === 'urn:ietf:params:oauth:grant-type:jwt-bearer';
      const isSigned = await verify(form.get('assertion') ?? '', audience ?? `${receiver.url}token`, now());
      if (!isForm || !isGrant || !isSigned) return Response.json({ error: 'invalid_grant' }, { status: 400 });
      granted += 1;
      const token = `ya29.${granted}`;
      known.add(token);
      return Response.json({ access_token: token, expires_in: expiresIn, token_type: 'Bearer' });
    }
    if (path !== `/v1/projects/${account.projectId}/messages:send`)
      return new Response(null, { status: 404 });
    if (!known.has(headers['authorization']?.replace(/^Bearer /, '') ?? ''))
      return fault(401, 'UNAUTHENTICATED');
    const parsed = JSON.parse(body);
    const [wrong] = Value.Errors(Body, parsed);
    const bytes = Buffer.byteLength(JSON.stringify(Object(parsed.message).data ?? {}));
    if (wrong || bytes > 4_096)
      return fault(400, 'INVALID_ARGUMENT', { errorCode: `${wrong?.path} ${wrong?.message} ${bytes}` });
    messages.push(parsed.message);
    return respond
      ? respond(parsed.message)
      : Response.json({ name: `projects/p/messages/${messages.length}` });
  });
  return {
    addresses: { token: `${receiver.url}token`, messages: receiver.url.replace(/\/$/, '') },
    messages,
    granted: () => granted,
    answer: (next) => {
      respond = next;
    },
    answerTokens: (next) => {
      respondToken = next;
    },
    revoke: () => known.clear(),
    [Symbol.asyncDispose]: () => receiver[Symbol.asyncDispose](),
  };
}

async function verify(assertion: string, audience: string, currentDate: Date): Promise<boolean> {
  const key = await importSPKI(pair.publicKey, 'RS256');
  const options = { issuer: account.clientEmail, audience, algorithms: ['RS256'], currentDate };
  const verified = await jwtVerify(assertion, key, { ...options, requiredClaims: ['iat', 'exp'] }).catch(
    () => undefined,
  );
  if (!verified) return false;
  const { scope, iat = 0, exp = 0 } = verified.payload;
  return scope === 'https://www.googleapis.com/auth/firebase.messaging' && exp - iat <= 3_600;
}

/** An error as Google's services answer it. */
export const fault = (status: number, word: string, detail?: object, headers = {}) =>
  Response.json(
    {
      error: {
        code: status,
        status: word,
        message: 'it is refused',
        ...(detail && {
          details: [{ '@type': 'type.googleapis.com/google.firebase.fcm.v1.FcmError', ...detail }],
        }),
      },
    },
    { status, headers },
  );
