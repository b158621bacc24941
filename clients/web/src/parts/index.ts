/** Parts of a user interface without one: stores with `get` and `subscribe`, for any framework or none. */

export type { InboxItem } from '../stores/inbox.ts';
export type { Store } from '../stores/store.ts';
export { type ConnectionSummary, createConnectionStatus } from './connection-status.ts';
export {
  createHexMap,
  type Footprint,
  fillOf,
  type HexCell,
  type HexMapLayout,
  type HexMapShape,
} from './hex-map.ts';
export {
  createInbox,
  type InboxOptions,
  type InboxSlice,
  type InboxState,
  type InboxStore,
  type InboxTab,
} from './inbox.ts';
export {
  createLiveList,
  type ListChange,
  type ListPage,
  type LiveListOptions,
  type LiveListState,
} from './live-list.ts';
