import type { CreatedEvent } from '../../tracking/model.ts';

/** The answer of a route that raises events. */
export const raised = async <T extends CreatedEvent | readonly CreatedEvent[]>(created: Promise<T>) => {
  const data = await created;
  const isRepeated = [data].flat().every(({ repeated }) => repeated);
  return { success: true as const, data, ...(isRepeated && { repeated: true as const }) };
};
