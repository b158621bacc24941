import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Section {
  readonly title: string;
  readonly pages: readonly PageEntry[];
}

export interface PageEntry {
  readonly title: string;
  /** Relative to the repository. */
  readonly path: string;
}

interface Folder {
  readonly title: string;
  readonly path: string;
  /** Names of pages without `.md`, in the order of reading; a page that is not named here comes last. */
  readonly order: readonly string[];
}

const folders: readonly Folder[] = [
  { title: 'Start', path: 'docs/start', order: ['index', 'first-message', 'your-own-postgres'] },
  { title: 'Publish', path: 'docs/publish', order: ['index', 'sql', 'triggers', 'typescript', 'http'] },
  {
    title: 'Clients',
    path: 'docs/clients',
    order: [
      ...['index', 'rules', 'javascript', 'react', 'parts', 'svelte', 'react-native', 'android'],
      ...['socket-io', 'sse', 'polling', 'by-hand'],
    ],
  },
  {
    title: 'Reach',
    path: 'docs/reach',
    order: ['index', 'sms', 'escalation', 'analytics', 'files', 'prediction'],
  },
  {
    title: 'Run',
    path: 'docs/run',
    order: [
      ...['render', 'other-hosts', 'proxies', 'operations', 'operate', 'people', 'alerts', 'keys'],
      ...['backup', 'upgrade', 'scaling'],
    ],
  },
  {
    title: 'Reference',
    path: 'docs/reference',
    order: ['wire', 'codes', 'configuration', 'configuration-file', 'cli', 'identity', 'rest', 'metrics'],
  },
  { title: 'Extend', path: 'docs/extend', order: ['index', 'pages'] },
  { title: 'Inside', path: 'docs/inside', order: ['design', 'guarantees', 'model', 'faults', 'bench'] },
  {
    title: 'Coming from',
    path: 'docs/coming-from',
    order: ['socket-io', 'pusher', 'supabase-realtime', 'centrifugo'],
  },
];

/** Every page of the documentation by section, in the order of reading. */
export function contentsOf(root: string): readonly Section[] {
  const sections = folders.map(({ title, path, order }) => ({ title, paths: pagesOf(root, path, order) }));
  const areas = { title: 'The areas that ship', paths: readmesIn(root, 'src/domains') };
  const examples = { title: 'Examples', paths: readmesIn(root, 'examples') };
  const clients = { title: 'Packages of the clients', paths: readmesIn(root, 'clients') };
  return [...sections, areas, examples, clients]
    .filter(({ paths }) => paths.length > 0)
    .map(({ title, paths }) => ({
      title,
      pages: paths.map((path) => ({ title: titleOf(readFileSync(join(root, path), 'utf8')), path })),
    }));
}

/** The README of each folder in a folder. */
function readmesIn(root: string, folder: string): string[] {
  return readdirSync(join(root, folder))
    .sort()
    .map((name) => `${folder}/${name}/README.md`)
    .filter((path) => existsSync(join(root, path)));
}

function pagesOf(root: string, folder: string, order: readonly string[]): string[] {
  if (!existsSync(join(root, folder))) return [];
  const names = readdirSync(join(root, folder))
    .filter((name) => name.endsWith('.md'))
    .map((name) => name.slice(0, -'.md'.length));
  const placeOf = (name: string) => (order.includes(name) ? order.indexOf(name) : order.length);
  return names
    .sort((a, b) => placeOf(a) - placeOf(b) || a.localeCompare(b))
    .map((name) => `${folder}/${name}.md`);
}

function titleOf(markdown: string): string {
  const [, title = ''] = /^# (.+)$/m.exec(markdown) ?? [];
  return title;
}
