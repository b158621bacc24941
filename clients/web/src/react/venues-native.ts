import { createClient } from '../native.ts';
import { realtimeHook, type UseRealtime } from './venue-hooks.ts';

export {
  type Promotion,
  type Realtime,
  type RowHandler,
  useNotifications,
  usePromotions,
  useVenueUpdates,
  useVibeChecks,
  type VenueNotification,
  type VenueUpdate,
  type VibeCheck,
} from './venue-hooks.ts';

/** One connection for all components of the same address and user, while one of them is mounted. */
export const useRealtime: UseRealtime = realtimeHook(createClient);
