/** Parts of a user interface without one: stores with `get` and `subscribe`, for any framework or none. */
export type { Store } from '../stores/store.ts';
export { type ConnectionSummary, createConnectionStatus } from './connection-status.ts';
export {
  createLiveList,
  type ListChange,
  type ListPage,
  type LiveListOptions,
  type LiveListState,
} from './live-list.ts';
