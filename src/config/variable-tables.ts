import { schemaOf, type VariableName, variableNames } from './variables.ts';

/** The text of `.env.example`: everything commented out, so that a copy changes nothing. */
export function renderEnvExample(): string {
  const entries = variableNames.map((name) => {
    const { description, default: fallback } = schemaOf(name);
    return `# ${description}.\n# ${name}=${fallback ?? ''}\n`;
  });
  return `# Copy to .env and uncomment what differs from the default. An empty value counts as unset.\n\n${entries.join('\n')}`;
}

/** The table of variables in docs/reference/configuration.md. */
export function renderConfigTable(): string {
  const rows = variableNames.map((name) => {
    const { description, default: fallback } = schemaOf(name);
    const shown = fallback === undefined ? '–' : `\`${fallback}\``;
    return `| \`${name}\` | ${shown} | ${unitOf(name)} | ${description} |`;
  });
  return ['| variable | default | unit | meaning |', '| --- | --- | --- | --- |', ...rows].join('\n');
}

function unitOf(name: VariableName): string {
  if (name.endsWith('_MS')) return 'ms';
  return name.endsWith('_BYTES') ? 'bytes' : '–';
}
