// Time ranges, steps between points, and intervals as people write them. Pure: now is an argument.

export interface Range {
    from: string; // "now-1h", or milliseconds as digits
    to: string;
}

export interface Span {
    from: number; // milliseconds
    to: number;
}

const unitMs: Record<string, number> = {
    ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000, y: 31_536_000_000,
};

const niceSteps = [1, 2, 5, 10, 15, 20, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600,
    43200, 86400, 604800];

// "1h30m" in milliseconds; nothing for what is no duration.
export function durationMs(written: string): number | undefined {
    const all = written.trim();
    if (!/^(\d+(\.\d+)?(ms|[smhdwy]))+$/.test(all)) {
        return undefined;
    }
    let sum = 0;
    for (const [, count, , unit] of all.matchAll(/(\d+(\.\d+)?)(ms|[smhdwy])/g)) {
        sum += Number(count) * unitMs[unit];
    }
    return sum;
}

export function writeDuration(ms: number): string {
    for (const unit of ["d", "h", "m", "s"]) {
        if (ms >= unitMs[unit] && ms % unitMs[unit] === 0) {
            return `${ms / unitMs[unit]}${unit}`;
        }
    }
    return `${Math.round(ms)}ms`;
}

export function moment(written: string, now: number): number | undefined {
    const all = written.trim();
    if (/^\d+$/.test(all)) {
        return Number(all);
    }
    const relative = /^now(?:-(.+))?$/.exec(all);
    if (!relative) {
        return undefined;
    }
    const back = relative[1] === undefined ? 0 : durationMs(relative[1]);
    return back === undefined ? undefined : now - back;
}

// Whether it can be shown as it is written; resolve() makes something of every other one too.
export function isRange(range: Range): boolean {
    const from = moment(range.from, 0);
    const to = moment(range.to, 0);
    return from !== undefined && to !== undefined
        && (from < to || /^\d+$/.test(range.from) !== /^\d+$/.test(range.to));
}

export function resolve(range: Range, now: number): Span {
    const to = moment(range.to, now) ?? now;
    const from = moment(range.from, now) ?? to - 3_600_000;
    return from < to ? { from, to } : { from: to - 60_000, to };
}

export function isLive(range: Range): boolean {
    return range.to.startsWith("now");
}

// Seconds between points: at least `least`, and so that no more than `points` are asked for.
export function stepFor(span: Span, points: number, least: number): number {
    const wanted = Math.max(least, (span.to - span.from) / 1000 / Math.max(10, points));
    return niceSteps.find((each) => each >= wanted) ?? Math.ceil(wanted / 604800) * 604800;
}

// From the first to the last point, both on multiples of the step, in seconds: the same points
// again and again, whoever asks and whenever.
export function grid(span: Span, step: number): { start: number; end: number } {
    return {
        start: Math.floor(span.from / 1000 / step) * step,
        end: Math.floor(span.to / 1000 / step) * step,
    };
}

const two = (value: number) => String(value).padStart(2, "0");

export function clock(ms: number, withSeconds = true): string {
    const at = new Date(ms);
    const minutes = `${two(at.getHours())}:${two(at.getMinutes())}`;
    return withSeconds ? `${minutes}:${two(at.getSeconds())}` : minutes;
}

export function dayAndClock(ms: number): string {
    const at = new Date(ms);
    return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())} ${clock(ms)}`;
}

export function describe(range: Range): string {
    const back = /^now-(.+)$/.exec(range.from);
    if (range.to === "now" && back) {
        return `last ${back[1]}`;
    }
    const from = moment(range.from, 0);
    const to = moment(range.to, 0);
    return from === undefined || to === undefined || !/^\d+$/.test(range.from + range.to)
        ? `${range.from} to ${range.to}`
        : `${dayAndClock(from)} to ${clock(to)}`;
}
