import { readFileSync, statSync } from 'node:fs';
import { dirname, join, parse } from 'node:path';

export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

/** Postgres refuses to run as root, so then it runs as a user that every system has. */
export function unprivilegedUser(): Owner | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const users = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'));
  const user = ['postgres', 'nobody'].map((name) => users.find(([found]) => found === name)).find(Boolean);
  if (!user)
    throw new Error('Postgres does not run as root, and there is no user "nobody": set DATABASE_URL.');
  return { uid: Number(user[2]), gid: Number(user[3]) };
}

/**
 * The path itself, or one that stands for it when that user could not get there: root's home is closed to others on
 * most systems, and is where root clones a project to. Only root can write below /var/lib, so nobody prepares the place.
 */
export function publicTwin(path: string): string {
  if (process.getuid?.() !== 0 || isOpen(dirname(path))) return path;
  return join('/var/lib/tambuli', path.replaceAll('/', '%'));
}

/** Whether everybody may pass through the directory and all above it; one that does not exist yet is made so. */
function isOpen(directory: string): boolean {
  const mode = statSync(directory, { throwIfNoEntry: false })?.mode ?? 0o001;
  if ((mode & 0o001) === 0) return false;
  return directory === parse(directory).root || isOpen(dirname(directory));
}
