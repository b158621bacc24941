import type { ReactNode } from 'react';
import type { Notification } from '../../../../src/domains/clinic/model.ts';
import { Notices } from '../shell/notices.tsx';
import { clinicWords } from './words.ts';

/** The notifications of this person, each with its case. */
export function ClinicNotices(): ReactNode {
  const say = clinicWords();
  return (
    <Notices<Notification>
      channel="clinic_notifications"
      path="/api/clinic/notifications"
      view={({ notificationId, title, message, createdAt, readAt, caseId }) => ({
        id: notificationId,
        title,
        message,
        at: createdAt,
        isRead: readAt !== null,
        ...(caseId !== null && { href: `#case=${encodeURIComponent(caseId)}`, linkName: say.openCase }),
      })}
    />
  );
}
