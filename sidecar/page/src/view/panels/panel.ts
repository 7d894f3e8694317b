// What a panel's renderer gets and what it is. The dashboard's view makes them and feeds them.

import type { Panel, Target } from "../../model/dashboard";
import { type Field, fieldOf } from "../../model/field";
import { object, text, texts } from "../../model/read";
import { type Frame, type Labels, nameOf, reduce, type Sample } from "../../model/series";
import type { Span } from "../../model/time";
import type { Event } from "../chart";
import { colorOf, paletteColor } from "../theme";
import type { Context } from "../view";

export interface Answer {
    target: Target;
    legend: string; // with variables filled in
    frame?: Frame;
    samples?: Sample[];
}

export interface PanelData {
    answers: Answer[];
    span: Span;
    now: number; // milliseconds
    events: Event[];
}

export interface Renderer {
    element: HTMLElement;
    update(data: PanelData): void;
    redraw(): void; // the theme has changed
    destroy(): void;
}

export interface Make {
    panel: Panel;
    context: Context;
    zoom(from: number, to: number): void;
    title(source: string): string; // with variables filled in
}

export interface Value {
    name: string;
    labels: Labels;
    value: number | null;
    course: (number | null)[]; // over time, where that was asked for
    field: Field;
}

export interface NamedSeries {
    name: string;
    labels: Labels;
    values: (number | null)[];
    field: Field;
}

function named(panel: Panel, labels: Labels, answer: Answer): { name: string; field: Field } {
    const name = nameOf(labels, answer.legend).trim() || panel.title;
    const field = fieldOf(panel.field, name, answer.target.refId);
    return { name: field.displayName ? nameOf(labels, field.displayName
        .replace(/\$\{__field\.labels\.(\w+)\}/g, "{{$1}}")
        .replace(/\$\{__(field|series)\.(display)?[nN]ame\}/g, name)) : name, field };
}

export function seriesOf(panel: Panel, data: PanelData): NamedSeries[] {
    return data.answers.flatMap((answer) => (answer.frame?.series ?? []).map((series) => ({
        ...named(panel, series.labels, answer), labels: series.labels, values: series.values,
    })));
}

// The moments of the grid that all answers of a panel share.
export function timesOf(data: PanelData): number[] {
    const frame = data.answers.find((each) => each.frame)?.frame;
    return frame ? Array.from({ length: frame.count }, (_, i) => frame.start + i * frame.step) : [];
}

export function valuesOf(panel: Panel, data: PanelData): Value[] {
    const options = object(panel.options.reduceOptions);
    const how = texts(options.calcs)[0] ?? "lastNotNull";
    return data.answers.flatMap((answer) => [
        ...(answer.frame?.series ?? []).map((series): Value => ({
            ...named(panel, series.labels, answer), labels: series.labels,
            value: reduce(series.values, how), course: series.values,
        })),
        ...(answer.samples ?? []).map((sample): Value => ({
            ...named(panel, sample.labels, answer), labels: sample.labels,
            value: sample.value, course: [],
        })),
    ]);
}

// One colour each: those of the palette that no fixed one is alike to.
export function seriesColors(fields: Field[]): string[] {
    const isFixed = (field: Field) => field.colorMode === "fixed" && field.fixedColor !== "";
    const taken = new Set(fields.filter(isFixed).map((each) => colorOf(each.fixedColor)));
    let next = 0;
    return fields.map((field) => {
        if (isFixed(field)) {
            return colorOf(field.fixedColor);
        }
        for (let tried = 0; tried < 12 && taken.has(paletteColor(next)); ++tried) {
            ++next;
        }
        return paletteColor(next++);
    });
}

// The value's own colour, or the field's.
export function valueColor(field: Field, shown: string, index: number): string {
    if (shown !== "") {
        return colorOf(shown);
    }
    return field.colorMode === "fixed" && field.fixedColor ? colorOf(field.fixedColor)
        : field.colorMode.startsWith("palette") ? paletteColor(index) : "";
}

export function option(panel: Panel, name: string, otherwise = ""): string {
    return text(panel.options[name], otherwise);
}
