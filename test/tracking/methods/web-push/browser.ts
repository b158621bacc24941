import { createDecipheriv, createECDH, hkdfSync, randomBytes } from 'node:crypto';
import { importJWK, jwtVerify } from 'jose';
import webPush from 'web-push';
import type { PushSubscription } from '../../../../src/tracking/methods/web-push/push-subscriptions.ts';

export const vapid = { ...webPush.generateVAPIDKeys(), subject: 'mailto:ops@example.com' };

export interface Browser {
  readonly subscription: PushSubscription;
  /** The data that a service worker would be given (RFC 8188, RFC 8291). Throws when it was not meant for this browser. */
  read(body: Uint8Array): unknown;
}

/** The subscription that a browser has after `pushManager.subscribe()`. */
export function createBrowser(endpoint: string): Browser {
  const own = createECDH('prime256v1');
  const publicKey = own.generateKeys();
  const auth = randomBytes(16);
  return {
    subscription: {
      endpoint,
      keys: { p256dh: publicKey.toString('base64url'), auth: auth.toString('base64url') },
    },
    read(body) {
      const bytes = Buffer.from(body);
      const salt = bytes.subarray(0, 16);
      const keyLength = bytes.readUInt8(20);
      const sender = bytes.subarray(21, 21 + keyLength);
      const sealed = bytes.subarray(21 + keyLength);
      const derive = (secret: Uint8Array, from: Uint8Array, info: string | Buffer, length: number) =>
        Buffer.from(hkdfSync('sha256', secret, from, info, length));
      const info = Buffer.concat([Buffer.from('WebPush: info\0'), publicKey, sender]);
      const secret = derive(own.computeSecret(sender), auth, info, 32);
      const key = derive(secret, salt, 'Content-Encoding: aes128gcm\0', 16);
      const nonce = derive(secret, salt, 'Content-Encoding: nonce\0', 12);
      const decipher = createDecipheriv('aes-128-gcm', key, nonce);
      decipher.setAuthTag(sealed.subarray(-16));
      const plain = Buffer.concat([decipher.update(sealed.subarray(0, -16)), decipher.final()]);
      // 2 ends the content of the last record; zeros may follow.
      return JSON.parse(plain.subarray(0, plain.lastIndexOf(2)).toString());
    },
  };
}

/** The claims of a VAPID header (RFC 8292) that was signed with the key given. Rejects otherwise. */
export async function readVapid(authorization: string, audience: string) {
  const [, token = '', key = ''] = /^vapid t=([^,]+), k=(.+)$/.exec(authorization) ?? [];
  const point = Buffer.from(key, 'base64url');
  const part = (from: number) => point.subarray(from, from + 32).toString('base64url');
  const jwk = await importJWK({ kty: 'EC', crv: 'P-256', x: part(1), y: part(33) }, 'ES256');
  const { payload } = await jwtVerify(token, jwk, { audience, algorithms: ['ES256'] });
  return { payload, key };
}
