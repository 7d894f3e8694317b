// Panels that show one value each of a few series: stat, gauge and bar gauge.

import { reduce } from "../../model/series";
import { show, thresholdColor } from "../../model/value";
import { h, svg } from "../dom";
import { colorOf, withAlpha } from "../theme";
import {
    type Make, option, type PanelData, type Renderer, type Value, valueColor, valuesOf,
} from "./panel";

const shownMax = 40;
const many = 6; // more than that have a line each instead of a box

abstract class Values implements Renderer {
    readonly element = h("div", { class: "values" });
    private data: PanelData | undefined;

    constructor(protected readonly make: Make) {}

    protected abstract one(value: Value, index: number, all: Value[], now: number): HTMLElement;

    update(data: PanelData): void {
        this.data = data;
        const all = valuesOf(this.make.panel, data).slice(0, shownMax);
        this.element.classList.toggle("many", all.length > many && this.make.panel.type === "stat");
        const { noValue } = this.make.panel.field.defaults;
        if (all.length === 0) {
            this.element.replaceChildren(h("div", { class: "none" }, noValue || "no data"));
            return;
        }
        this.element.replaceChildren(
            ...all.map((each, i) => this.one(each, i, all, data.now)));
    }

    redraw(): void {
        if (this.data) {
            this.update(this.data);
        }
    }

    destroy(): void {}
}

function spark(course: (number | null)[], color: string): SVGElement | null {
    const least = reduce(course, "min");
    const most = reduce(course, "max");
    if (least === null || most === null || course.length < 2) {
        return null;
    }
    const height = most === least ? 1 : most - least;
    let line = "";
    let begun = false;
    course.forEach((value, i) => {
        if (value === null) {
            begun = false;
            return;
        }
        const x = ((i / (course.length - 1)) * 100).toFixed(2);
        const y = (28 - ((value - least) / height) * 26).toFixed(2);
        line += `${begun ? "L" : "M"}${x} ${y}`;
        begun = true;
    });
    return svg("svg", {
        class: "spark", viewBox: "0 0 100 30", preserveAspectRatio: "none", "aria-hidden": "true",
    }, svg("path", {
        d: line, fill: "none", stroke: color, "stroke-width": 1.5,
        "vector-effect": "non-scaling-stroke",
    }));
}

const wordClass = (text: string) => (text.length > 16 ? "stat-value long" : "stat-value");

export class Stat extends Values {
    protected one(value: Value, index: number, all: Value[], now: number): HTMLElement {
        const { panel } = this.make;
        const shown = show(value.field, value.value, now);
        const color = valueColor(value.field, shown.color, index);
        const mode = option(panel, "colorMode", "value");
        const textMode = option(panel, "textMode", "auto");
        const named = textMode === "value_and_name" || textMode === "name"
            || (textMode === "auto" && all.length > 1);
        const graph = option(panel, "graphMode", "area") === "area"
            ? spark(value.course, color || colorOf("blue")) : null;
        const back = mode.startsWith("background") && color !== "" && color !== "transparent";
        return h("div", {
            class: back ? "stat filled" : "stat",
            style: back ? { background: withAlpha(color, 0.28), "border-color": color } : {},
        },
        // Many without a name would tell nobody which is which.
        (named || (all.length > many && textMode !== "none")) && h("div", {
            class: textMode === "name" ? wordClass(value.name) : "stat-name", title: value.name,
        }, value.name),
        textMode !== "none" && textMode !== "name" && h("div", {
            class: wordClass(shown.text), title: shown.text,
            style: mode === "value" && color ? { color } : {},
        }, shown.text),
        graph);
    }
}

// From the lower left over the top to the lower right.
function arc(from: number, to: number, radius: number): string {
    const at = (share: number) => {
        const angle = Math.PI * (1.25 - 1.5 * share);
        return `${(50 + radius * Math.cos(angle)).toFixed(3)} `
            + `${(50 - radius * Math.sin(angle)).toFixed(3)}`;
    };
    const large = (to - from) * 1.5 > 1 ? 1 : 0;
    return `M${at(from)}A${radius} ${radius} 0 ${large} 1 ${at(to)}`;
}

function bounds(value: Value): { min: number; max: number } {
    const percent = value.field.unit === "percentunit" ? 1 : 100;
    const min = value.field.min ?? 0;
    return { min, max: Math.max(value.field.max ?? percent, min + 1e-9) };
}

function shareOf(value: Value): number {
    const { min, max } = bounds(value);
    return Math.min(1, Math.max(0, ((value.value ?? min) - min) / (max - min)));
}

export class Gauge extends Values {
    protected one(value: Value, index: number, all: Value[], now: number): HTMLElement {
        const shown = show(value.field, value.value, now);
        const color = valueColor(value.field, shown.color, index) || colorOf("blue");
        const share = shareOf(value);
        const { min, max } = bounds(value);
        const marks = value.field.thresholds.map((step, i, steps) => {
            const to = (at: number) => value.field.percentage ? at / 100 : (at - min) / (max - min);
            const from = Math.min(1, Math.max(0, Number.isFinite(step.from) ? to(step.from) : 0));
            const end = i + 1 < steps.length ? Math.min(1, Math.max(0, to(steps[i + 1].from))) : 1;
            return end - from > 0.001 ? svg("path", {
                d: arc(from, end, 46), fill: "none", stroke: colorOf(step.color),
                "stroke-width": 2,
            }) : null;
        });
        return h("div", { class: "gauge" },
            svg("svg", {
                viewBox: "0 0 100 84", role: "img", "aria-label": `${value.name}: ${shown.text}`,
            },
            svg("path", { class: "gauge-back", d: arc(0, 1, 38), "stroke-width": 10 }),
            share > 0.001 && svg("path", {
                d: arc(0, share, 38), fill: "none", stroke: color, "stroke-width": 10,
            }),
            ...marks,
            svg("text", { x: 50, y: 57, class: "gauge-text", fill: color }, shown.text)),
            (all.length > 1 || option(this.make.panel, "textMode") === "value_and_name")
                && h("div", { class: "stat-name" }, value.name));
    }
}

export class BarGauge extends Values {
    constructor(make: Make) {
        super(make);
        this.element.classList.add("bars");
    }

    protected one(value: Value, index: number, all: Value[], now: number): HTMLElement {
        const shown = show(value.field, value.value, now);
        const most = Math.max(...all.map((each) => each.value ?? 0), 0);
        const top = value.field.max ?? (value.field.unit.startsWith("percent")
            ? bounds(value).max : most);
        const min = value.field.min ?? 0;
        const share = top > min
            ? Math.min(1, Math.max(0, ((value.value ?? min) - min) / (top - min))) : 0;
        const color = valueColor(value.field, shown.color
            || thresholdColor(value.field, value.value ?? NaN, min, top), index) || colorOf("blue");
        return h("div", { class: "bar-row" },
            h("span", { class: "bar-name", title: value.name }, value.name),
            h("span", { class: "bar-track" }, h("span", {
                class: "bar-fill", style: { width: `${share * 100}%`, background: color },
            })),
            h("span", { class: "bar-value" }, shown.text));
    }
}
