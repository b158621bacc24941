import type { Principal } from '../../realtime/principal.ts';

/** Every status a case can have. */
export const statuses = ['NEW', 'FORWARDED', 'IN_REVIEW', 'REVIEWED', 'COMPLETED', 'CANCELLED'] as const;
export type Status = (typeof statuses)[number];

/** The words of the portals for a step, and the status that each leads to. */
export const actionStatus = {
  forward: 'FORWARDED',
  forward_to_clinician: 'FORWARDED',
  start_review: 'IN_REVIEW',
  review: 'REVIEWED',
  mark_reviewed: 'REVIEWED',
  complete: 'COMPLETED',
  mark_completed: 'COMPLETED',
  cancel: 'CANCELLED',
} as const satisfies Record<string, Status>;
export type Action = keyof typeof actionStatus;
export const actions = Object.keys(actionStatus) as readonly Action[];

/** Health workers: they see and change the cases they brought. */
export const workers = ['asha', 'chw'] as const;
/** Clinicians see every case; an admin may whatever a worker or a clinician may. */
export const roles = [...workers, 'clinician', 'admin'] as const;
export type Role = (typeof roles)[number];

const anyone = [...workers, 'clinician'] as const;

/** From each status to which others, and who takes that step. A status that is missing here does not compile. */
export const transitions: {
  readonly [From in Status]: { readonly [To in Status]?: readonly Role[] };
} = {
  NEW: { FORWARDED: workers, COMPLETED: workers, CANCELLED: workers },
  FORWARDED: {
    IN_REVIEW: ['clinician'],
    REVIEWED: ['clinician'],
    COMPLETED: ['clinician'],
    CANCELLED: workers,
  },
  IN_REVIEW: { FORWARDED: ['clinician'], REVIEWED: ['clinician'], COMPLETED: ['clinician'] },
  // A worker who needs to know more asks again.
  REVIEWED: { FORWARDED: workers, COMPLETED: anyone },
  COMPLETED: {},
  CANCELLED: {},
};

export const isWorker = ({ role, service }: Principal) => !service && workers.some((each) => each === role);

/** Whether this identity sees every case. */
export const seesAll = ({ role, service }: Principal) =>
  service === true || role === 'clinician' || role === 'admin';

/** Returns the statuses that may follow, without regard to the caller's role. */
export const nextOf = (from: Status): readonly Status[] => statuses.filter((to) => transitions[from][to]);

/** From where this identity may bring a case to `to`. */
export function sourcesOf(to: Status, principal: Principal): readonly Status[] {
  return statuses.filter((from) => mayTake(transitions[from][to], principal));
}

/** The statuses that this identity may give a case that has this one. */
export const stepsFrom = (from: Status, principal: Principal): readonly Status[] =>
  statuses.filter((to) => mayTake(transitions[from][to], principal));

function mayTake(allowed: readonly Role[] | undefined, { role, service }: Principal): boolean {
  if (!allowed) return false;
  return service === true || role === 'admin' || allowed.some((each) => each === role);
}
