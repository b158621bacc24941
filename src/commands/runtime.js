import { readFileSync } from 'node:fs';

// Plain JavaScript with nothing that is new, so that every Bun and every Node can say why it is not the right one.
const { engines } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
const needed = engines.bun.replace('>=', '');
const found = process.versions.bun;
if (found === undefined) refuse(`this is Node ${process.versions.node}`);
else if (isOlder(found, needed)) refuse(`this is Bun ${found}`);

function refuse(what) {
  process.stderr.write(
    `Tambuli needs Bun ${needed} or later, and ${what}: see https://bun.com/docs/installation, or run it by npx bun@${needed}.\n`,
  );
  process.exit(1);
}

function isOlder(version, least) {
  const [one, other] = [version, least].map((each) => each.split(/[.-]/).map(Number));
  for (let n = 0; n < 3; n++) {
    if (one[n] !== other[n]) return one[n] < other[n];
  }
  return false;
}
