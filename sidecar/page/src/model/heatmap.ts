// A histogram's buckets over time as cells of a heatmap. The heatmap panel draws them. It takes
// cumulative buckets with the label le, as Prometheus has them, or plain ones by name.

import type { Frame } from "./series";
import { parseValue } from "./series";

export interface Heatmap {
    start: number;
    step: number;
    count: number;
    bounds: string[]; // upper bounds, the smallest first
    cells: number[][]; // for each bound one row over time; 0 where nothing is known
    max: number;
}

function boundOf(labels: Record<string, string>, name: string): number {
    const bound = parseValue(labels.le ?? name);
    return Number.isNaN(bound) ? Infinity : bound;
}

export function heatmapOf(frame: Frame, names: string[]): Heatmap {
    const cumulative = frame.series.some((each) => each.labels.le !== undefined);
    const sums = new Map<number, { label: string; values: number[] }>();
    frame.series.forEach((series, index) => {
        const bound = boundOf(series.labels, names[index] ?? "");
        const label = series.labels.le ?? names[index] ?? "";
        const row = sums.get(bound) ?? { label, values: new Array<number>(frame.count).fill(0) };
        series.values.forEach((value, i) => { row.values[i] += Math.max(0, value ?? 0); });
        sums.set(bound, row);
    });
    const rows = [...sums.entries()].sort(([a], [b]) => a - b).map(([, row]) => row);
    const cells = rows.map(({ values }, index) => {
        const under = index > 0 && cumulative ? rows[index - 1].values : undefined;
        return values.map((value, i) => Math.max(0, value - (under?.[i] ?? 0)));
    });
    const max = cells.reduce((most, row) => row.reduce((a, b) => Math.max(a, b), most), 0);
    return {
        start: frame.start, step: frame.step, count: frame.count,
        bounds: rows.map((row) => row.label), cells, max,
    };
}
