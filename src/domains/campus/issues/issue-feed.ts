import type { Publisher } from '../../../db/publisher.ts';
import type { Feed, FeedEvent, FeedView } from '../../../extension/feed.ts';
import type { Clock } from '../../../lib/clock.ts';
import type { Position } from '../../../protocol/wire/position.ts';
import type { Publication } from '../../../protocol/wire/publication.ts';
import { organizationChannel } from '../channels.ts';
import type { Issue } from '../model.ts';
import type { IssuePayload } from '../publication-service.ts';
import { type IssueFilter, type IssuePage, listIssues, matches } from './issue-list-service.ts';

export interface IssueFeedDeps {
  readonly publisher: Publisher;
  readonly clock: Clock;
}

/** The list of issues that match a filter, and what happens to it. */
export function issueView(deps: IssueFeedDeps, filter: IssueFilter): FeedView {
  return {
    channel: organizationChannel(filter.organizationId),
    key: JSON.stringify(filter),
    create: () => new IssueFeed(deps, filter),
  };
}

/**
 * `initial` with `{issues, more}`, then for every reader of the list: `created` and `updated` with the issue, `deleted`
 * with its id. What counts is the list, not the issue: one that comes to match is `created`, one that matches no more is
 * `deleted`. Readers of a long list share what is known to be shown: `created` may name an issue that a reader has.
 */
class IssueFeed implements Feed {
  readonly #deps: IssueFeedDeps;
  readonly #filter: IssueFilter;
  #reading: Promise<IssuePage> | undefined;
  /**
   * The issues that readers show, where the list was longer than its `initial`: an issue left out of it comes as
   * `created`.
   */
  #shown: Set<string> | undefined;

  constructor(deps: IssueFeedDeps, filter: IssueFilter) {
    this.#deps = deps;
    this.#filter = filter;
  }

  async begin(since: Position | undefined) {
    if (since) return { position: since };
    const { data: issues, more, position } = await this.#read();
    if (more) this.#shown ??= new Set();
    for (const { id } of issues) this.#shown?.add(id);
    const timestamp = new Date(this.#deps.clock.now()).toISOString();
    return { event: { type: 'initial', data: { issues, more }, timestamp }, position };
  }

  present({ type: event, data, timestamp }: Publication): FeedEvent | undefined {
    if (!event.startsWith('issue:')) return undefined;
    const { issue, changes = {}, truncated }: IssuePayload = JSON.parse(data);
    const previous = Object.entries(changes).map(([name, { from }]) => [name, from]);
    const before: Issue = { ...issue, ...Object.fromEntries(previous) };
    const was = event !== 'issue:created' && matches(before, this.#filter);
    const is = event !== 'issue:deleted' && matches(issue, this.#filter);
    if (!was && !is) return undefined;
    if (!is) {
      this.#shown?.delete(issue.id);
      return { type: 'deleted', data: { id: issue.id }, timestamp };
    }
    const isShown = was && (this.#shown?.has(issue.id) ?? true);
    this.#shown?.add(issue.id);
    return {
      type: isShown ? 'updated' : 'created',
      data: { ...issue, ...(truncated && { truncated }) },
      timestamp,
    };
  }

  /** Streams that begin together share a read. */
  #read(): Promise<IssuePage> {
    const { publisher } = this.#deps;
    this.#reading ??= listIssues(publisher, this.#filter).finally(() => {
      this.#reading = undefined;
    });
    return this.#reading;
  }
}
