export { ConnectionStatus, type ConnectionStatusProps, type ConnectionWords } from './connection-status.tsx';
export { LiveList, type LiveListProps, useLiveList } from './live-list.tsx';
export { useValue } from './use-value.ts';
