// Series put on top of each other, group by group. The time series panel draws them. A point that
// is not there adds nothing and stays away.

export interface Stackable {
    group: string; // empty: stands alone
    values: (number | null)[];
}

// What to draw for each, and which series lies directly below it (-1: none).
export function stack(series: Stackable[], percent = false): {
    values: (number | null)[][];
    below: number[];
} {
    const totals = new Map<string, number[]>();
    if (percent) {
        for (const { group, values } of series) {
            const total = totals.get(group) ?? new Array<number>(values.length).fill(0);
            values.forEach((value, i) => { total[i] += Math.abs(value ?? 0); });
            totals.set(group, total);
        }
    }
    const reached = new Map<string, number[]>();
    const newest = new Map<string, number>();
    const below: number[] = [];
    const out = series.map(({ group, values }, index) => {
        if (group === "") {
            below.push(-1);
            return values;
        }
        const heights = reached.get(group) ?? new Array<number>(values.length).fill(0);
        reached.set(group, heights);
        below.push(newest.get(group) ?? -1);
        newest.set(group, index);
        return values.map((value, i) => {
            const total = totals.get(group)?.[i];
            const height = value === null ? null
                : total === undefined ? value : total === 0 ? 0 : value / total;
            heights[i] += height ?? 0;
            // A gap in one of several must not tear those above it down to the ground.
            return height === null && heights[i] === 0 ? null : heights[i];
        });
    });
    return { values: out, below };
}
