// Variables of a dashboard: what they hold, and queries and titles with them filled in, as Grafana
// does it. The dashboard's view uses it. It asks nobody: label values are an argument.

import type { Variable } from "./dashboard";
import { pattern } from "./field";
import { writeDuration } from "./time";

export const everything = "$__all";

export interface Window {
    stepSeconds: number;
    rangeSeconds: number;
    fromMs: number;
    toMs: number;
    scrapeSeconds: number; // between the samples that the history keeps
}

export interface LabelValues {
    metric: string; // a selector; empty: of all series
    label: string;
}

// "label_values(metric, label)"; nothing for any other query.
export function labelValuesQuery(query: string): LabelValues | undefined {
    const parts = /^\s*label_values\(\s*(?:(.+?)\s*,\s*)?([a-zA-Z_]\w*)\s*\)\s*$/s.exec(query);
    return parts ? { metric: parts[1] ?? "", label: parts[2] } : undefined;
}

export function choicesOf(variable: Variable, values: string[]): string[] {
    if (variable.regex === "") {
        return [...values].sort();
    }
    const wanted = pattern(variable.regex);
    const out = new Set<string>();
    for (const value of values) {
        const found = wanted.exec(value);
        if (found) {
            out.add(found[1] ?? value);
        }
    }
    return [...out].sort();
}

// What is chosen once the choices are known: what was, as far as it is still there.
export function settle(variable: Variable, choices: string[]): string[] {
    if (variable.all && variable.current.includes(everything)) {
        return [everything];
    }
    const kept = variable.current.filter((each) => choices.includes(each));
    if (kept.length > 0) {
        return variable.multi ? kept : kept.slice(0, 1);
    }
    return variable.all ? [everything] : choices.slice(0, 1);
}

// The values after one was ticked or unticked: all is all and nothing else.
export function toggled(values: string[], value: string, all: boolean): string[] {
    if (value === everything) {
        return [everything];
    }
    const rest = values.filter((each) => each !== everything && each !== value);
    const next = values.includes(value) ? rest : [...rest, value];
    return next.length === 0 && all ? [everything] : next;
}

const escaped = (value: string) => value.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
// Inside a double-quoted text of PromQL a backslash stands for two.
const inQuotes = (value: string) => escaped(value).replace(/\\/g, "\\\\");

export interface Held {
    values: string[];
    choices: string[];
    multi: boolean;
    all: boolean;
    allValue: string;
}

export type Holding = Map<string, Held>;

function write(held: Held, format: string): string {
    const all = held.values.includes(everything);
    if (all && held.allValue !== "" && (format === "" || format === "regex")) {
        return held.allValue;
    }
    const values = all ? held.choices : held.values;
    switch (format) {
        case "raw": case "text": case "csv": return values.join(",");
        case "pipe": return values.join("|");
        case "regex": return values.map(escaped).join("|");
        case "doublequote": return values.map((each) => JSON.stringify(each)).join(",");
        default: break;
    }
    if (!held.multi && !held.all) {
        // As Grafana: a single value only may not end the text it stands in.
        return (values[0] ?? "").replace(/\\/g, "\\\\").replace(/"/g, '\\"');
    }
    return values.length === 1 ? inQuotes(values[0]) : `(${values.map(inQuotes).join("|")})`;
}

function builtIn(name: string, window: Window): string | undefined {
    const step = Math.max(1, Math.round(window.stepSeconds));
    const range = Math.max(1, Math.round(window.rangeSeconds));
    switch (name) {
        case "__interval": return writeDuration(step * 1000);
        case "__interval_ms": return String(step * 1000);
        case "__range": return `${range}s`;
        case "__range_s": return String(range);
        case "__range_ms": return String(range * 1000);
        case "__from": return String(Math.round(window.fromMs));
        case "__to": return String(Math.round(window.toMs));
        case "__rate_interval":
            return writeDuration(
                Math.max(step + window.scrapeSeconds, 4 * window.scrapeSeconds) * 1000);
        default: return undefined;
    }
}

// $name, ${name}, ${name:format} and [[name]]. What nobody knows stays as it is.
export function fill(source: string, holding: Holding, window: Window): string {
    return source.replace(
        /\$\{(\w+)(?::(\w+))?\}|\$(\w+)|\[\[(\w+)(?::(\w+))?\]\]/g,
        (whole, braced, bracedFormat, bare, old, oldFormat) => {
            const name: string = braced ?? bare ?? old;
            const held = holding.get(name);
            return held ? write(held, bracedFormat ?? oldFormat ?? "")
                : builtIn(name, window) ?? whole;
        });
}

// For titles: what a person would call it.
export function fillTitle(source: string, holding: Holding, window: Window): string {
    const named: Holding = new Map([...holding].map(([name, held]) => {
        const all = held.values.includes(everything);
        return [name, { ...held, values: all ? ["All"] : [held.values.join(" + ")],
            multi: false, all: false }];
    }));
    return fill(source, named, window);
}
