import { useChannel } from '../shell/client.ts';
import { toast } from '../shell/toasts.tsx';
import { type IssueEvent, isInHand } from './issues.ts';
import { campusWords } from './words.ts';

/** Tells the person what others do with the issues while they look. */
export function useNews(organizationId: string, userId: string): void {
  useChannel(`campus_org:${organizationId}`, ({ type, data, timestamp }) => {
    const { issueId, issue } = data as IssueEvent;
    const isOwn = type === 'issue:created' ? issue.reportedBy === userId : isInHand(issueId);
    // After a pause the list shows what was missed; a message for each of it would bury the page.
    if (isOwn || Date.now() - Date.parse(timestamp) > recentMs) return;
    const text = textOf(type, issue.title);
    if (text !== undefined) toast(text);
  });
}

const recentMs = 60_000;

function textOf(type: string, title: string): string | undefined {
  const say = campusWords();
  switch (type) {
    case 'issue:created':
      return say.tellCreated(title);
    case 'issue:updated':
      return say.tellUpdated(title);
    case 'issue:assigned':
      return say.tellAssigned(title);
    case 'issue:resolved':
      return say.tellResolved(title);
    case 'issue:deleted':
      return say.tellDeleted(title);
    default:
      return undefined;
  }
}
