// What a value looks like: its text by mappings and unit, and its colour by mappings and
// thresholds. Panels use it. Colours are names; the theme knows what they look like.

import { type Field, pattern } from "./field";
import { number, object, text } from "./read";
import { format } from "./units";

export interface Shown {
    text: string;
    color: string; // empty: none of its own
}

export function thresholdColor(field: Field, value: number, min = 0, max = 100): string {
    let at = value;
    if (field.percentage) {
        const from = field.min ?? min;
        const to = field.max ?? max;
        at = to === from ? 0 : ((value - from) / (to - from)) * 100;
    }
    let color = "";
    for (const step of field.thresholds) {
        if (at >= step.from) {
            color = step.color;
        }
    }
    return color;
}

function mapped(field: Field, value: number | string | null): Partial<Shown> | undefined {
    const found = (result: unknown): Partial<Shown> => {
        const json = object(result);
        return {
            text: typeof json.text === "string" ? json.text : undefined,
            color: text(json.color) || undefined,
        };
    };
    for (const { type, options } of field.mappings) {
        const key = value === null ? "null" : String(value);
        if (type === "value" && Object.hasOwn(options, key)) {
            return found(options[key]);
        }
        if (type === "range" && typeof value === "number") {
            const from = number(options.from, -Infinity);
            const to = number(options.to, Infinity);
            if (value >= from && value <= to) {
                return found(options.result);
            }
        }
        if (type === "regex" && typeof value === "string"
            && pattern(text(options.pattern)).test(value)) {
            return found(options.result);
        }
        if (type === "special") {
            const match = text(options.match);
            const none = value === null;
            const nan = typeof value === "number" && Number.isNaN(value);
            if ((none && (match === "null" || match === "null+nan"))
                || (nan && (match === "nan" || match === "null+nan"))
                || (value === "" && match === "empty")) {
                return found(options.result);
            }
        }
    }
    return undefined;
}

export function show(field: Field, value: number | string | null, now = 0): Shown {
    const mapping = mapped(field, value);
    if (typeof value === "string") {
        return { text: mapping?.text ?? value, color: mapping?.color ?? "" };
    }
    const absent = value === null || Number.isNaN(value);
    const written = absent
        ? field.noValue || "no data"
        : format(value, field.unit, field.decimals, now);
    return {
        text: mapping?.text ?? written,
        color: mapping?.color ?? (absent ? "" : thresholdColor(field, value)),
    };
}
