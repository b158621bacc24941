export { ConnectionStatus, type ConnectionStatusProps, type ConnectionWords } from './connection-status.tsx';
export { HexMap, type HexMapProps } from './hex-map.tsx';
export {
  Inbox,
  InboxPanel,
  type InboxPreference,
  type InboxProps,
  useInboxStore,
} from './inbox.tsx';
export type { InboxActions, InboxView } from './inbox-row.tsx';
export type { InboxWords } from './inbox-words.ts';
export { LiveList, type LiveListProps, useLiveList } from './live-list.tsx';
export { useValue } from './use-value.ts';
