import { isIP } from 'node:net';
import { join } from 'node:path';
import { outputOf } from '../programs/run.ts';

/** Paths of PEM files. */
export interface CertificateFiles {
  readonly key: string;
  readonly certificate: string;
}

/** Makes a key in the folder, and a certificate for the host that the key signs itself. */
export async function makeCertificate(directory: string, host: string): Promise<CertificateFiles> {
  const key = join(directory, `${host}-key.pem`);
  const certificate = join(directory, `${host}-certificate.pem`);
  const name = `${isIP(host) ? 'IP' : 'DNS'}:${host}`;
  await outputOf([
    ...['openssl', 'req', '-x509', '-nodes', '-days', '1'],
    ...['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1'],
    ...['-subj', `/CN=${host}`, '-addext', `subjectAltName=${name}`],
    ...['-keyout', key, '-out', certificate],
  ]);
  return { key, certificate };
}
