import { compileNamed } from '../../extension/rules/named-parameters.ts';
import { principalParameters } from '../../extension/rules/query-rule.ts';
import { parametersOf, parseRuleWord, ruleWords } from '../../extension/rules/rule-words.ts';
import { isTimeZone } from '../../lib/time-zone.ts';
import { channelTemplateForm, isChannelTemplate } from '../../protocol/channel-template.ts';
import { isPublicationType } from '../../protocol/name.ts';
import { channelSegments } from '../../protocol/wire/channel-name.ts';
import { closest, type Path, valueText } from './faults.ts';
import { parseTableName, tableNameForm } from './table-name.ts';

type Settings = Readonly<Record<string, unknown>>;
type Report = (path: Path, found: string, expected: string) => void;

const namespacePattern = /^[a-z][a-z0-9_-]*$/;
const mostParameters = 3;

/** @param names the namespaces of the channels before it, with their patterns; its own is added */
export function checkChannel(
  pattern: string,
  settings: Settings,
  names: Map<string, string>,
  report: Report,
): void {
  const [name] = channelSegments(pattern);
  const parameters = parametersOf(pattern);
  if (!namespacePattern.test(name) || !parameters || parameters.length > mostParameters) {
    report(
      [],
      `the pattern ${valueText(pattern)}`,
      'a name of lower-case letters, digits, "_" and "-", then up to three parameters: orders:{customer_id}',
    );
    return;
  }
  const repeated = parameters.find((each, place) => parameters.indexOf(each) !== place);
  if (repeated !== undefined)
    report([], `the parameter {${repeated}} twice`, 'another name for each parameter');
  const other = names.get(name);
  if (other !== undefined) {
    report([], `the name "${name}" a second time`, `another name than that of ${valueText(other)}`);
  }
  names.set(name, pattern);
  if (settings['personal'] === true && parameters.length > 0) {
    report(['personal'], `true with the parameter {${parameters[0]}}`, 'a pattern without parameters');
  }
  if (settings['personal'] === true && settings['files'] !== undefined) {
    report(['files'], 'a rule beside "personal"', 'no files: a personal channel takes none');
  }
  const reserved = parameters.find((each) => principalParameters.some((known) => known === each));
  for (const key of ['read', 'publish', 'whisper', 'files']) {
    const rule = settings[key];
    if (rule === undefined && key !== 'read') continue;
    checkRule(rule, parameters, (path, found, expected) => report([key, ...path], found, expected));
    if (reserved && JSON.stringify(rule ?? '').includes('"query"')) {
      report(
        [],
        `the parameter {${reserved}} beside a query`,
        `another name than :${reserved}, which is the caller's`,
      );
    }
  }
  const types = settings['ephemeral'];
  for (const [index, type] of Array.isArray(types) ? types.entries() : []) {
    if (typeof type === 'string' && type !== '' && !isPublicationType(type)) {
      report(['ephemeral', index], valueText(type), 'a type that the server does not use itself');
    }
  }
}

function checkRule(rule: unknown, parameters: readonly string[], report: Report): void {
  if (!Array.isArray(rule)) {
    checkPart(rule, parameters, report);
    return;
  }
  if (rule.length === 0) report([], '[]', `a rule: ${expectedPart}, or a list of them`);
  for (const [index, part] of rule.entries()) {
    checkPart(part, parameters, (path, found, expected) => report([index, ...path], found, expected));
  }
}

const expectedPart = `${ruleWords} or {"query": "select …"}`;

function checkPart(part: unknown, parameters: readonly string[], report: Report): void {
  if (typeof part === 'string') {
    const word = parseRuleWord(part);
    if (!word) {
      const meant = closest(part.split(':')[0] ?? '', ['anyone', 'role', 'self', 'tenant']);
      report([], valueText(part), `${expectedPart}${meant ? `; did you mean ${meant}?` : ''}`);
    } else if ('parameter' in word && !parameters.includes(word.parameter)) {
      report([], valueText(part), inChannel(parameters));
    }
    return;
  }
  const query: unknown = Object(part).query;
  const others = Object.keys(Object(part)).filter((key) => key !== 'query');
  if (typeof query !== 'string' || query.trim() === '' || others.length > 0) {
    report([], valueText(part), expectedPart);
    return;
  }
  const known = [...parameters, ...principalParameters];
  const unknown = compileNamed(query).names.find((name) => !known.includes(name));
  if (unknown !== undefined) {
    report(['query'], `:${unknown}`, `only ${known.map((name) => `:${name}`).join(', ')}`);
  }
}

function inChannel(parameters: readonly string[]): string {
  if (parameters.length === 0) return 'a rule without a parameter, as the channel has none';
  return `a parameter of the channel: ${parameters.join(', ')}`;
}

/** @param isOnly whether no domain has channels beside those of the file */
export function checkTable(
  table: string,
  settings: Settings,
  { channels, isOnly }: { readonly channels: Settings; readonly isOnly: boolean },
  report: Report,
): void {
  if (!parseTableName(table)) report([], `the name ${valueText(table)}`, tableNameForm);
  const type = settings['type'];
  if (typeof type === 'string' && type !== '' && !isPublicationType(type)) {
    report(['type'], valueText(type), 'a type that the server does not use itself');
  }
  const zone = settings['zone'];
  if (typeof zone === 'string' && zone !== '' && !isTimeZone(zone)) {
    report(['zone'], valueText(zone), 'a time zone such as Asia/Manila');
  }
  const targets = settings['channels'];
  for (const [index, target] of Array.isArray(targets) ? targets.entries() : []) {
    if (typeof target !== 'string' || target === '') continue;
    if (!isChannelTemplate(target)) {
      report(['channels', index], valueText(target), channelTemplateForm);
      continue;
    }
    const [name, ...segments] = channelSegments(target);
    const pattern = Object.keys(channels).find((each) => channelSegments(each)[0] === name);
    if (pattern === undefined) {
      const meant = closest(
        name,
        Object.keys(channels).map((each) => channelSegments(each)[0]),
      );
      if (!isOnly) continue;
      report(
        ['channels', index],
        valueText(target),
        `a channel of this file${meant ? `; did you mean ${meant}?` : ''}`,
      );
      continue;
    }
    const isPersonal = Object(channels[pattern]).personal === true;
    const count = isPersonal ? 1 : (parametersOf(pattern)?.length ?? segments.length);
    if (segments.length === count) continue;
    const after = isPersonal ? 'the user, as in' : `${count} parameter(s) as in`;
    report(['channels', index], valueText(target), `${after} ${isPersonal ? `${name}:{user_id}` : pattern}`);
  }
}
