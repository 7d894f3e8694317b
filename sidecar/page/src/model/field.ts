// How the values of a field are to be shown: unit, thresholds, mappings, colour and the rest of
// Grafana's fieldConfig, with its overrides. Panels use it. It knows no value and no theme.

import { type Json, list, number, object, text } from "./read";

export interface Step {
    from: number; // -Infinity for the first
    color: string;
}

export interface Mapping {
    type: string;
    options: Json;
}

export interface Field {
    unit: string;
    decimals: number | undefined;
    min: number | undefined;
    max: number | undefined;
    displayName: string;
    noValue: string;
    percentage: boolean; // whether thresholds are in percent between min and max
    thresholds: Step[];
    mappings: Mapping[];
    colorMode: string;
    fixedColor: string;
    custom: Json;
}

interface Override {
    matcher: string;
    options: string;
    properties: { id: string; value: unknown }[];
}

export interface FieldConfig {
    defaults: Field;
    overrides: Override[];
}

function readSteps(value: unknown): Step[] {
    return list(object(value).steps)
        .map(object)
        .map((each) => ({ from: number(each.value, -Infinity), color: text(each.color, "green") }))
        .sort((a, b) => a.from - b.from);
}

function readMappings(value: unknown): Mapping[] {
    return list(value)
        .map(object)
        .map((each) => ({ type: text(each.type), options: object(each.options) }));
}

function setProperty(field: Field, id: string, value: unknown): void {
    switch (id) {
        case "unit": field.unit = text(value); break;
        case "decimals": field.decimals = number(value); break;
        case "min": field.min = number(value); break;
        case "max": field.max = number(value); break;
        case "displayName": field.displayName = text(value); break;
        case "noValue": field.noValue = text(value); break;
        case "mappings": field.mappings = readMappings(value); break;
        case "thresholds":
            field.thresholds = readSteps(value);
            field.percentage = object(value).mode === "percentage";
            break;
        case "color":
            field.colorMode = text(object(value).mode);
            field.fixedColor = text(object(value).fixedColor);
            break;
        default:
            if (id.startsWith("custom.")) {
                field.custom = { ...field.custom, [id.slice("custom.".length)]: value };
            }
    }
}

export function readFieldConfig(value: unknown): FieldConfig {
    const config = object(value);
    const given = object(config.defaults);
    const defaults: Field = {
        unit: "", decimals: undefined, min: undefined, max: undefined, displayName: "",
        noValue: "", percentage: false, thresholds: [], mappings: [], colorMode: "",
        fixedColor: "", custom: object(given.custom),
    };
    for (const [id, each] of Object.entries(given)) {
        setProperty(defaults, id, each);
    }
    const overrides = list(config.overrides).map(object).map((each) => ({
        matcher: text(object(each.matcher).id),
        options: text(object(each.matcher).options),
        properties: list(each.properties).map(object)
            .map((property) => ({ id: text(property.id), value: property.value })),
    }));
    return { defaults, overrides };
}

// "/pattern/flags", or a bare pattern, as Grafana takes both. One that is none matches nothing.
export function pattern(source: string): RegExp {
    const parts = /^\/(.*)\/([a-z]*)$/s.exec(source);
    try {
        return parts ? new RegExp(parts[1], parts[2].replace(/[gy]/g, "")) : new RegExp(source);
    } catch {
        return /(?!)/;
    }
}

// The field of the series or column `name` from the query `refId`.
export function fieldOf(config: FieldConfig, name: string, refId = ""): Field {
    const field = { ...config.defaults };
    for (const override of config.overrides) {
        const matches =
            (override.matcher === "byName" && override.options === name)
            || (override.matcher === "byRegexp" && pattern(override.options).test(name))
            || (override.matcher === "byFrameRefID" && override.options === refId);
        if (matches) {
            override.properties.forEach((each) => setProperty(field, each.id, each.value));
        }
    }
    return field;
}
