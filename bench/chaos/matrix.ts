import { type Fault, type Outcome, runCell } from './cell.ts';
import { Cluster, type Topology, topologies } from './processes/cluster.ts';
import { faults } from './processes/faults.ts';

export interface Cell {
  readonly fault: Fault;
  readonly topology: Topology;
  readonly outcome: Outcome | Error;
}

export interface MatrixOptions {
  readonly seed: number;
  readonly faults?: readonly Fault[];
  readonly topologies?: readonly Topology[];
  readonly onCell?: (cell: Cell) => void;
}

/** Whether the fault can happen to the deployment at all. */
export function makesSense(fault: Fault, topology: Topology): boolean {
  return fault.needs === undefined || topology.broker === fault.needs;
}

/** Deployments side by side, the faults of each one after another. Seeds and names are the same in every run. */
export async function runMatrix(options: MatrixOptions): Promise<readonly Cell[]> {
  const { seed, onCell, faults: chosen = faults } = options;
  const columns = await Promise.all(
    (options.topologies ?? topologies).map(async (topology) => {
      await using cluster = await Cluster.start(topology, { LIMIT_REQUESTS_PER_MINUTE: '1000000' });
      const cells: Cell[] = [];
      for (const fault of chosen.filter((each) => makesSense(each, topology))) {
        const turn = chosen.indexOf(fault);
        const outcome = await runCell(cluster, fault, `f${turn}`, seed + turn).catch((error: unknown) => {
          const message = error instanceof Error ? error.message : String(error);
          return new Error(`${message}\n${cluster.output()}`);
        });
        const cell = { fault, topology, outcome };
        cells.push(cell);
        onCell?.(cell);
      }
      return cells;
    }),
  );
  return columns.flat();
}

/** One line for the terminal. */
export function describeCell({ fault, topology, outcome }: Cell): string {
  const where = `${fault.title} · ${topology.title}`;
  if (outcome instanceof Error) return `${where}: ${outcome.message}`;
  const { publications, told, repeated } = outcome;
  return `${where}: ${show(outcome)}; ${publications} publications, told ${told}, repeated ${repeated}`;
}

/** The table of docs/inside/faults.md. */
export function renderMatrix(cells: readonly Cell[]): string {
  const rows = faults.map((fault) => {
    const columns = topologies.map((topology) => {
      if (!makesSense(fault, topology)) return '–';
      const cell = cells.find((each) => each.fault === fault && each.topology === topology);
      if (!cell) return 'not run';
      return cell.outcome instanceof Error ? '**not healed**' : show(cell.outcome);
    });
    return `| ${[fault.title, ...columns].join(' | ')} |`;
  });
  const head = ['fault', ...topologies.map(({ title }) => title)];
  return [`| ${head.join(' | ')} |`, `|${' --- |'.repeat(head.length)}`, ...rows].join('\n');
}

function show(outcome: Outcome): string {
  const { lost, duplicated, disordered, healMs } = outcome;
  const counts = `${lost}, ${duplicated}, ${disordered}`;
  return `${isWrong(outcome) ? `**${counts}**` : counts} · ${(healMs / 1_000).toFixed(1)} s`;
}

export function isWrong(outcome: Cell['outcome']): boolean {
  return outcome instanceof Error || outcome.lost + outcome.duplicated + outcome.disordered > 0;
}
