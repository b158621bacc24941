import { channelSegments, encodeSegment } from '../../protocol/wire/channel-name.ts';
import type { Rule } from '../../realtime/channels/namespace.ts';

/** A rule in one word: who it is about, without a query. */
export type RuleWord =
  | { readonly kind: 'anyone' }
  | { readonly kind: 'role'; readonly role: string }
  | { readonly kind: 'self' | 'tenant'; readonly parameter: string };

/** The words there are, as a fault shows them. */
export const ruleWords = '"anyone", "role:NAME", "self:PARAMETER", "tenant:PARAMETER"';

export const ruleWordPattern = '^(anyone|role:[^\\s:]+|(self|tenant):[A-Za-z_][A-Za-z0-9_]*)$';

/** Returns undefined for a text that is no word of a rule. */
export function parseRuleWord(text: string): RuleWord | undefined {
  if (!new RegExp(ruleWordPattern).test(text)) return undefined;
  const [kind, value = ''] = text.split(':');
  if (kind === 'anyone') return { kind };
  // Roles of tokens are compared in lower case.
  if (kind === 'role') return { kind, role: value.toLowerCase() };
  return kind === 'self' || kind === 'tenant' ? { kind, parameter: value } : undefined;
}

/**
 * Decides from the principal alone. A parameter of a channel stands in its name with escapes (`a%3Ab`), so the id of the
 * user or tenant is compared in the same form.
 *
 * @param parameters the parameters of the channel's pattern, in order
 */
export function wordRule(word: RuleWord, parameters: readonly string[]): Rule {
  switch (word.kind) {
    case 'anyone':
      return () => true;
    case 'role':
      return ({ role }) => role === word.role;
    case 'self':
    case 'tenant': {
      const place = parameters.indexOf(word.parameter);
      if (place < 0) throw new Error(`The channel has no parameter {${word.parameter}}.`);
      return ({ userId, tenants }, ...segments) => {
        const ids = word.kind === 'self' ? [userId] : tenants;
        return ids.some((id) => encodeSegment(id) === segments[place]);
      };
    }
  }
}

/** `['customer_id']` of `orders:{customer_id}`; undefined for a segment that is no parameter. */
export function parametersOf(pattern: string): readonly string[] | undefined {
  const [, ...segments] = channelSegments(pattern);
  const names = segments.map((segment) => /^\{([A-Za-z_][A-Za-z0-9_]*)\}$/.exec(segment)?.[1]);
  return names.every((name) => name !== undefined) ? names : undefined;
}
