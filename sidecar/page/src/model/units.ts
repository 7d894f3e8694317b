// Writes a value with its unit, by the names Grafana has for units. Panels, axes and the verdict
// use it. It knows neither clock nor language of the browser.

const binary = ["", "Ki", "Mi", "Gi", "Ti", "Pi"];
const decimal = ["", "k", "M", "G", "T", "P"];
const short = ["", " K", " Mil", " Bil", " Tri", " Quadr"];

interface Scale {
    base: number;
    prefixes: string[];
    suffix: string;
}

const scales: Record<string, Scale> = {
    bytes: { base: 1024, prefixes: binary, suffix: "B" },
    kbytes: { base: 1024, prefixes: binary.slice(1), suffix: "B" },
    mbytes: { base: 1024, prefixes: binary.slice(2), suffix: "B" },
    gbytes: { base: 1024, prefixes: binary.slice(3), suffix: "B" },
    decbytes: { base: 1000, prefixes: decimal, suffix: "B" },
    bits: { base: 1024, prefixes: binary, suffix: "b" },
    decbits: { base: 1000, prefixes: decimal, suffix: "b" },
    binBps: { base: 1024, prefixes: binary, suffix: "B/s" },
    Bps: { base: 1000, prefixes: decimal, suffix: "B/s" },
    binbps: { base: 1024, prefixes: binary, suffix: "b/s" },
    bps: { base: 1000, prefixes: decimal, suffix: "b/s" },
    pps: { base: 1000, prefixes: decimal, suffix: "p/s" },
    hertz: { base: 1000, prefixes: decimal, suffix: "Hz" },
    short: { base: 1000, prefixes: short, suffix: "" },
    sishort: { base: 1000, prefixes: decimal, suffix: "" },
    ops: { base: 1000, prefixes: short, suffix: " ops/s" },
    reqps: { base: 1000, prefixes: short, suffix: " req/s" },
    rps: { base: 1000, prefixes: short, suffix: " rd/s" },
    wps: { base: 1000, prefixes: short, suffix: " wr/s" },
    iops: { base: 1000, prefixes: short, suffix: " io/s" },
    cps: { base: 1000, prefixes: short, suffix: " c/s" },
    eps: { base: 1000, prefixes: short, suffix: " evt/s" },
    cpm: { base: 1000, prefixes: short, suffix: " c/m" },
    opm: { base: 1000, prefixes: short, suffix: " ops/m" },
};

const inSeconds: Record<string, number> = {
    ns: 1e-9, "µs": 1e-6, ms: 1e-3, s: 1, m: 60, h: 3600, d: 86400,
    dtdurations: 1, dtdurationms: 1e-3, clocks: 1,
};

// How far apart the marks of an axis may be, for units that do not count in tens.
export function increments(unit: string): number[] | undefined {
    if (scales[unit]?.base === 1024) {
        return Array.from({ length: 64 }, (_, i) => 2 ** i);
    }
    if (unit === "s" || unit.startsWith("dtduration")) {
        const below = [1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 0.1].flatMap((each) =>
            [each, 2 * each, 5 * each]);
        return [...below, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800,
            21600, 43200, ...Array.from({ length: 12 }, (_, i) => 86400 * 2 ** i)];
    }
    return undefined;
}

// Up to three digits that matter, no more zeros than given.
export function digits(value: number, decimals?: number): string {
    if (decimals !== undefined) {
        return value.toFixed(Math.min(20, Math.max(0, Math.round(decimals))));
    }
    const size = Math.abs(value);
    if (size === 0 || !Number.isFinite(size)) {
        return String(value);
    }
    if (size < 1e-6 || size >= 1e15) {
        return value.toPrecision(3);
    }
    const places = size >= 100 ? 0 : size >= 10 ? 1 : size >= 1 ? 2
        : Math.min(9, 2 - Math.floor(Math.log10(size)));
    const written = value.toFixed(places);
    return written.includes(".") ? written.replace(/\.?0+$/, "") : written;
}

function scaled(value: number, scale: Scale, decimals?: number): string {
    let size = Math.abs(value);
    let step = 0;
    while (size >= scale.base && step < scale.prefixes.length - 1) {
        size /= scale.base;
        ++step;
    }
    // Rounding must not show 1024 KiB for what is 1 MiB.
    if (Number(digits(size, decimals)) >= scale.base && step < scale.prefixes.length - 1) {
        size /= scale.base;
        ++step;
    }
    const unit = scale.prefixes[step] + scale.suffix;
    const blank = unit === "" || unit.startsWith(" ") ? "" : " ";
    const sign = value < 0 ? "-" : "";
    return sign + digits(size, step === 0 && size % 1 === 0 ? 0 : decimals) + blank + unit;
}

function seconds(value: number, decimals?: number): string {
    const size = Math.abs(value);
    const sign = value < 0 ? "-" : "";
    const write = (factor: number, unit: string) =>
        `${sign}${digits(size * factor, decimals)} ${unit}`;
    if (size === 0) {
        return "0 s";
    }
    if (size < 1e-6) {
        return write(1e9, "ns");
    }
    if (size < 1e-3) {
        return write(1e6, "µs");
    }
    if (size < 1) {
        return write(1e3, "ms");
    }
    if (size < 120) {
        return write(1, "s");
    }
    if (size < 7200) {
        return write(1 / 60, "min");
    }
    return size < 172800 ? write(1 / 3600, "h") : write(1 / 86400, "d");
}

// "3 h 20 min": two parts at most, for sentences and for how long something lasts.
export function span(value: number): string {
    if (!Number.isFinite(value)) {
        return "for ever";
    }
    const parts: [number, string][] = [[86400, "d"], [3600, "h"], [60, "min"], [1, "s"]];
    let rest = Math.round(Math.abs(value));
    const out: string[] = [];
    for (const [size, unit] of parts) {
        const count = Math.floor(rest / size);
        rest -= count * size;
        if (count > 0) {
            out.push(`${count} ${unit}`);
        } else if (out.length > 0) {
            break;
        }
        if (out.length === 2 || (out.length === 1 && count >= 10)) {
            break;
        }
    }
    return out.length === 0 ? "0 s" : out.join(" ");
}

export function isoTime(ms: number): string {
    const at = new Date(ms);
    return Number.isNaN(at.getTime()) ? "no time" : at.toISOString().replace("T", " ").slice(0, 19);
}

function moment(unit: string, value: number, now: number): string {
    const ms = Math.abs(value) < 1e11 ? value * 1000 : value; // seconds, or as Grafana has them
    if (unit !== "dateTimeFromNow") {
        return isoTime(ms);
    }
    const ago = (now - ms) / 1000;
    return ago >= 0 ? `${span(ago)} ago` : `in ${span(ago)}`;
}

// `now` in milliseconds is only asked for by units of moments.
export function format(value: number, unit: string, decimals?: number, now = 0): string {
    if (Number.isNaN(value)) {
        return "no value";
    }
    if (!Number.isFinite(value)) {
        return value > 0 ? "∞" : "-∞";
    }
    if (unit === "percent") {
        return `${digits(value, decimals)} %`;
    }
    if (unit === "percentunit") {
        return `${digits(value * 100, decimals)} %`;
    }
    if (unit.startsWith("dateTime")) {
        return moment(unit, value, now);
    }
    if (unit === "dtdurations" || unit === "dtdurationms" || unit === "clocks") {
        return span(value * inSeconds[unit]);
    }
    if (unit in inSeconds) {
        return seconds(value * inSeconds[unit], decimals);
    }
    if (unit in scales) {
        return scaled(value, scales[unit], decimals);
    }
    const written = digits(value, decimals);
    if (unit.startsWith("suffix:")) {
        return `${written} ${unit.slice("suffix:".length)}`;
    }
    if (unit.startsWith("prefix:")) {
        return `${unit.slice("prefix:".length)} ${written}`;
    }
    return unit === "" || unit === "none" || unit === "string" ? written : `${written} ${unit}`;
}
