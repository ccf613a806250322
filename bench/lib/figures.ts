// What a benchmark says, and what several runs of it come to.

/** One measured number. `atMost` or `atLeast` is its budget; without one it only explains. */
export type Figure = {
  what: string;
  value: number;
  unit: string;
  atMost?: number;
  atLeast?: number;
};
/** The same number over all runs. */
export type Line = Figure & { low: number; high: number; met: boolean | null };

export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

export const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  return ((sorted[Math.floor(middle)] ?? Number.NaN) + (sorted[Math.ceil(middle)] ?? Number.NaN)) / 2;
};

/** Joins the runs of one benchmark: the median of each figure, with its lowest and highest. */
export function joined(runs: readonly (readonly Figure[])[]): Line[] {
  const byWhat = new Map<string, Figure[]>();
  for (const figure of runs.flat()) {
    const same = byWhat.get(figure.what);
    if (same === undefined) byWhat.set(figure.what, [figure]);
    else same.push(figure);
  }
  return [...byWhat.values()].map((figures) => {
    const values = figures.map(({ value }) => value);
    const line = { ...(figures[0] as Figure), value: median(values) };
    return { ...line, low: Math.min(...values), high: Math.max(...values), met: isMet(line) };
  });
}

function isMet({ value, atMost, atLeast }: Figure): boolean | null {
  if (atMost !== undefined) return value <= atMost;
  return atLeast === undefined ? null : value >= atLeast;
}
