// Values over time as spans in which nothing changes. The state timeline draws them.

export interface Stretch {
    from: number; // index of the first point
    to: number; // index behind the last one
    value: number | null;
}

export function stretches(values: (number | null)[]): Stretch[] {
    const out: Stretch[] = [];
    values.forEach((value, i) => {
        const last = out[out.length - 1];
        if (last && last.value === value) {
            last.to = i + 1;
        } else {
            out.push({ from: i, to: i + 1, value });
        }
    });
    return out;
}
