import { useEffect, useRef, useState } from 'react';
import type * as model from '../../../../src/domains/campus/model.ts';
import { useChannel } from '../shell/client.ts';
import { get } from '../shell/rest.ts';
import { toast } from '../shell/toasts.tsx';

export type Cell = (typeof model.GeoJson)['static']['features'][number];

/** Changes that follow one another within this time are fetched together. */
const pauseMs = 500;

/** The hexagons of an organization, fetched again after every change. Undefined until they are there. */
export function useHeatmap(organizationId: string): readonly Cell[] | undefined {
  const [cells, setCells] = useState<readonly Cell[]>();
  const [changes, setChanges] = useState(0);
  const { status } = useChannel(`campus_heatmap:${organizationId}`, () => setChanges((count) => count + 1));
  const isFirst = useRef(true);
  // A map that is fetched after the subscription began lacks nothing that the channel does not tell.
  const isReady = status === 'subscribed' || status === 'failed';
  // biome-ignore lint/correctness/useExhaustiveDependencies: every change is a reason to fetch.
  useEffect(() => {
    if (!isReady) return undefined;
    const left = new AbortController();
    const fetchCells = () => {
      isFirst.current = false;
      const query = new URLSearchParams({ organizationId, format: 'geojson' });
      get<{ features: readonly Cell[] }>(`/api/heatmap?${query}`, left.signal).then(
        ({ features }) => setCells(features),
        (error: Error) => {
          if (!left.signal.aborted) toast(error.message, 'bad');
        },
      );
    };
    const timer = setTimeout(fetchCells, isFirst.current ? 0 : pauseMs);
    return () => {
      clearTimeout(timer);
      left.abort();
    };
  }, [organizationId, isReady, changes]);
  return cells;
}
