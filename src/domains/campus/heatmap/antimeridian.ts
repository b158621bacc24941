/** Longitude before latitude, in degrees. */
export type Point = readonly [lng: number, lat: number];
/** Closed and counterclockwise, between −180° and 180°. */
export type Ring = readonly Point[];

export type Geometry =
  | { readonly type: 'Polygon'; readonly coordinates: readonly Ring[] }
  | { readonly type: 'MultiPolygon'; readonly coordinates: readonly (readonly Ring[])[] };

/**
 * A convex cell as RFC 7946 (section 3.1.9) has it: cut in two where it crosses the antimeridian, and where it contains a
 * pole, drawn along the whole edge of the map to the line that stands for the pole. `ring` is closed and counterclockwise on the
 * globe; two neighbours are less than 180° apart.
 */
export function geometryOf(ring: Ring): Geometry {
  const line = unwrapped(ring);
  const turn = (line.at(-1)?.[0] ?? 0) - (line[0]?.[0] ?? 0);
  if (Math.abs(turn) > 180)
    return { type: 'Polygon', coordinates: [aroundPole(line.slice(0, -1), turn > 0)] };
  const parts = [-360, 0, 360].flatMap((shift) => {
    const part = clipped(line.slice(0, -1), shift - 180, shift + 180).map(
      ([lng, lat]): Point => [lng - shift, lat],
    );
    return isArea(part) ? [closed(part)] : [];
  });
  const [first = ring] = parts;
  if (parts.length < 2) return { type: 'Polygon', coordinates: [first] };
  return { type: 'MultiPolygon', coordinates: parts.map((part) => [part]) };
}

/** The same points, whose longitudes go on beyond 180° instead of jumping. */
function unwrapped(ring: Ring): Point[] {
  let previous = ring[0]?.[0] ?? 0;
  return ring.map(([lng, lat]) => {
    previous += wrapped(lng - previous);
    return [previous, lat];
  });
}

/** Between −180 and 180. */
const wrapped = (lng: number) => lng - 360 * Math.round(lng / 360);

/** Sutherland–Hodgman, for the two meridians that bound a map. */
function clipped(line: readonly Point[], west: number, east: number): Point[] {
  return cutAt(
    cutAt(line, west, (lng) => lng >= west),
    east,
    (lng) => lng <= east,
  );
}

function cutAt(line: readonly Point[], meridian: number, isInside: (lng: number) => boolean): Point[] {
  return line.flatMap((point, index) => {
    const before = line.at(index - 1) ?? point;
    const crossing = isInside(before[0]) === isInside(point[0]) ? [] : [crossingAt(meridian, before, point)];
    return isInside(point[0]) ? [...crossing, point] : crossing;
  });
}

function crossingAt(meridian: number, [lng, lat]: Point, [toLng, toLat]: Point): Point {
  return [meridian, lat + ((toLat - lat) * (meridian - lng)) / (toLng - lng)];
}

/** From edge to edge of the map by all points, and back along the pole. Seen from the north pole a ring runs eastward. */
function aroundPole(line: readonly Point[], isNorth: boolean): Ring {
  const points = line.map(([lng, lat]): Point => [wrapped(lng), lat]).sort(([one], [other]) => one - other);
  const [first = [0, 0], last = first] = [points[0], points.at(-1)];
  const [, edge] = crossingAt(180, last, [first[0] + 360, first[1]]);
  const pole = isNorth ? 90 : -90;
  const eastward: Point[] = [[-180, edge], ...points, [180, edge]];
  const outline: Point[] = isNorth
    ? [...eastward, [180, pole], [-180, pole]]
    : [[-180, pole], [180, pole], ...eastward.toReversed()];
  return closed(outline);
}

/** Touching a meridian in a point or a line is no area. */
const isArea = (part: readonly Point[]) =>
  part.length > 2 && Math.max(...part.map(([lng]) => lng)) > Math.min(...part.map(([lng]) => lng));

const closed = (part: readonly Point[]): Ring => [...withoutTwins(part), ...part.slice(0, 1)];

const withoutTwins = (part: readonly Point[]) =>
  part.filter(([lng, lat], index) => {
    const [beforeLng, beforeLat] = part.at(index - 1) ?? [];
    return index === 0 || lng !== beforeLng || lat !== beforeLat;
  });
