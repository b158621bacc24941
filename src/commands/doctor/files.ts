import { fileStore } from '../../files/open.ts';
import { systemClock } from '../../lib/clock.ts';
import type { Deployment } from '../deployment/deployment.ts';
import { type Finding, fault, ok, reasonOf } from './finding.ts';

/** Looks at the place of files, and changes nothing there. */
export async function lookAtFiles({ config, secrets }: Deployment): Promise<Finding> {
  const { bucket } = secrets;
  const store = fileStore(config.files, bucket, systemClock);
  if (!store) return ok('files', 'none are kept: neither S3_BUCKET nor FILES_DIRECTORY is set');
  const place = bucket ? `bucket ${bucket.bucket} at ${store.origin}` : `directory ${config.files.directory}`;
  try {
    await store.check();
    return ok('files', place);
  } catch (error) {
    const names = bucket ? 'the S3_ variables, or the rights of the access key' : 'FILES_DIRECTORY';
    return fault('files', `${place}: ${reasonOf(error)}`, `correct ${names}`);
  }
}
