import { type ReactNode, useMemo } from 'react';
import { type Footprint, HexMap } from '../shell/client.ts';
import type { Organization } from './issues.ts';
import type { Cell } from './use-heatmap.ts';
import { campusWords } from './words.ts';

export interface LiveHeatmapProps {
  readonly organization: Organization;
  readonly cells: readonly Cell[];
  readonly selected: string | undefined;
  readonly onSelect: (cell: string | undefined) => void;
}

/** The server's hexagons above the outlines of campuses and buildings, and the same numbers as a list. */
export function LiveHeatmap({ organization, cells, selected, onSelect }: LiveHeatmapProps): ReactNode {
  const say = campusWords();
  const footprints = useMemo(() => footprintsOf(organization), [organization]);
  const issues = cells.reduce((sum, { properties }) => sum + properties.count, 0);
  return (
    <section className="card stack" aria-labelledby="map">
      <h2 id="map">{say.map}</h2>
      <HexMap
        cells={cells}
        footprints={footprints}
        label={say.mapOf(cells.length, issues)}
        selected={selected}
        onSelect={onSelect}
      />
      {cells.length === 0 && <p className="muted">{say.noCells}</p>}
      <ol className="cluster areas" aria-label={say.map}>
        {cells.slice(0, 8).map(({ properties: { cell, count, intensity } }, index) => (
          <li key={cell}>
            <button
              type="button"
              aria-pressed={cell === selected}
              onClick={() => onSelect(cell === selected ? undefined : cell)}
            >
              {say.area(index + 1)}{' '}
              <span className="muted small">{say.ofArea(count, Math.round(intensity * 100))}</span>
            </button>
          </li>
        ))}
      </ol>
      <p className="muted small">{say.weightHelp}</p>
    </section>
  );
}

function footprintsOf({ campuses }: Organization): readonly Footprint[] {
  return campuses
    .flatMap((campus) => [campus, ...campus.buildings])
    .flatMap(({ id, name, footprint }) => (footprint ? [{ id, name, geometry: footprint }] : []));
}
