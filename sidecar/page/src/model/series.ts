// What Prometheus' query API answers, as series on one grid of moments and as samples of one
// moment; names by legends; and how new points join old ones. Panels use it.

import { list, object, text } from "./read";

export type Labels = Record<string, string>;

export interface Sample {
    labels: Labels;
    at: number; // seconds
    value: number;
}

export interface Series {
    labels: Labels;
    refId: string;
    values: (number | null)[]; // one for each point of the grid
}

export interface Frame {
    start: number; // seconds, as step
    step: number;
    count: number;
    series: Series[];
}

function labelsOf(value: unknown): Labels {
    const out: Labels = {};
    for (const [name, each] of Object.entries(object(value))) {
        out[name] = text(each);
    }
    return out;
}

// As the API writes numbers: texts, with +Inf, -Inf and NaN.
export function parseValue(written: unknown): number {
    switch (written) {
        case "+Inf": case "Inf": return Infinity;
        case "-Inf": return -Infinity;
        default: return typeof written === "string" && written !== "" ? Number(written) : NaN;
    }
}

export function readSamples(data: unknown): Sample[] {
    const { resultType, result } = object(data);
    if (resultType === "scalar") {
        const [at, value] = list(result);
        return [{ labels: {}, at: Number(at), value: parseValue(value) }];
    }
    return list(result).map((each) => {
        const json = object(each);
        const [at, value] = list(json.value);
        return { labels: labelsOf(json.metric), at: Number(at), value: parseValue(value) };
    });
}

export function readFrame(data: unknown, grid: { start: number; end: number }, step: number,
    refId: string): Frame {
    const count = Math.floor((grid.end - grid.start) / step + 0.5) + 1;
    const series = list(object(data).result).map((each) => {
        const json = object(each);
        const values: (number | null)[] = new Array(count).fill(null);
        for (const point of list(json.values)) {
            const [at, written] = list(point);
            const index = Math.round((Number(at) - grid.start) / step);
            const value = parseValue(written);
            if (index >= 0 && index < count && !Number.isNaN(value)) {
                values[index] = value;
            }
        }
        return { labels: labelsOf(json.metric), refId, values };
    });
    return { start: grid.start, step, count, series };
}

export function keyOf(labels: Labels): string {
    return JSON.stringify(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1)));
}

const seriesKey = (series: Series) => `${series.refId} ${keyOf(series.labels)}`;

// `fresh` replaces what `old` has from its start on; what lies before `start` goes, and with it
// series that have no point left. Both on the same grid.
export function join(old: Frame, fresh: Frame, start: number): Frame {
    const { step } = fresh;
    const end = fresh.start + (fresh.count - 1) * step;
    const count = Math.max(1, Math.round((end - start) / step) + 1);
    const into = Math.round((fresh.start - start) / step);
    const from = Math.round((start - old.start) / step);
    const all = new Map<string, Series>();
    for (const series of old.series) {
        const values: (number | null)[] = new Array(count).fill(null);
        for (let i = 0; i < Math.min(into, count); ++i) {
            values[i] = series.values[i + from] ?? null;
        }
        all.set(seriesKey(series), { ...series, values });
    }
    for (const series of fresh.series) {
        const key = seriesKey(series);
        const known = all.get(key)?.values;
        const values = known ?? new Array<number | null>(count).fill(null);
        series.values.forEach((value, i) => {
            if (into + i >= 0 && into + i < count) {
                values[into + i] = value;
            }
        });
        all.set(key, { ...series, values });
    }
    const series = [...all.values()].filter((each) => each.values.some((value) => value !== null));
    return { start, step, count, series };
}

export function merge(frames: Frame[]): Frame {
    const [first] = frames;
    return { ...first, series: frames.flatMap((each) => each.series) };
}

// What Prometheus would call it.
export function written(labels: Labels): string {
    const { __name__: name = "", ...rest } = labels;
    const pairs = Object.entries(rest).map(([label, value]) => `${label}=${JSON.stringify(value)}`);
    return pairs.length === 0 ? name || "value" : `${name}{${pairs.join(", ")}}`;
}

export function nameOf(labels: Labels, legend: string): string {
    if (legend === "" || legend === "__auto") {
        const { __name__: name = "", ...rest } = labels;
        const values = Object.values(rest);
        return legend === "__auto" && values.length === 1 ? values[0]
            : written(legend === "__auto" ? rest : labels);
    }
    return legend.replace(/\{\{\s*(\w+)\s*\}\}/g, (_, label: string) => labels[label] ?? "");
}

export function reduce(values: (number | null)[], how: string): number | null {
    const there = values.filter((each): each is number => each !== null);
    if (there.length === 0) {
        return null;
    }
    const sum = () => there.reduce((total, each) => total + each, 0);
    switch (how) {
        case "last": return values[values.length - 1];
        case "first": return values[0];
        case "firstNotNull": return there[0];
        case "max": return Math.max(...there);
        case "min": return Math.min(...there);
        case "mean": return sum() / there.length;
        case "sum": return sum();
        case "count": return there.length;
        case "range": return Math.max(...there) - Math.min(...there);
        case "delta": case "diff": return there[there.length - 1] - there[0];
        default: return there[there.length - 1];
    }
}
