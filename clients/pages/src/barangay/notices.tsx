import type { ReactNode } from 'react';
import { Notices } from '../shell/notices.tsx';

interface Notice {
  readonly id: string | number;
  readonly title: string;
  readonly message: string;
  readonly isRead: boolean;
  readonly createdAt?: string | null;
}

/** The notifications of this person. */
export const BarangayNotices = (): ReactNode => (
  <Notices<Notice>
    channel="notifications"
    path="/api/barangay/notifications"
    view={({ id, title, message, isRead, createdAt }) => ({
      id: String(id),
      title,
      message,
      isRead,
      at: createdAt ?? '',
    })}
  />
);
