// The time series panel: lines, bars or points with stacking, a legend and thresholds.

import uPlot from "uplot";
import { list, number, object, text, texts } from "../../model/read";
import { reduce } from "../../model/series";
import { stack } from "../../model/stack";
import { format, increments } from "../../model/units";
import { show } from "../../model/value";
import { axis, Chart, type Point, tipRow, widthFor } from "../chart";
import { button, h } from "../dom";
import { colorOf, withAlpha } from "../theme";
import {
    type Make, type NamedSeries, type PanelData, type Renderer, seriesColors, seriesOf, timesOf,
} from "./panel";

const seriesMax = 60;

interface Drawn extends NamedSeries {
    color: string;
    shown: (number | null)[]; // stacked
    scale: string;
}

// The points that no line would show, because there is nothing beside them.
function alone(plot: uPlot, index: number): number[] {
    const values = plot.data[index];
    const out: number[] = [];
    for (let i = 0; i < values.length; ++i) {
        if (values[i] != null && values[i - 1] == null && values[i + 1] == null) {
            out.push(i);
        }
    }
    return out;
}

const calcNames: Record<string, string> = {
    lastNotNull: "last", last: "last", mean: "mean", max: "max", min: "min", sum: "sum",
};

export class TimeSeries implements Renderer {
    readonly element = h("div", { class: "fill" });
    private readonly chart: Chart;
    private readonly legend = h("div", { class: "legend" });
    private drawn: Drawn[] = [];
    private shape = "";
    private alone = ""; // the name of the one series that is shown
    private left = 0;
    private data: PanelData | undefined;

    constructor(private readonly make: Make) {
        this.chart = new Chart(make.zoom);
        this.element.append(this.chart.element, this.legend);
        if (text(object(make.panel.options.legend).placement) === "right") {
            this.element.classList.add("legend-right");
        }
    }

    update(data: PanelData): void {
        this.data = data;
        const all = seriesOf(this.make.panel, data);
        this.left = Math.max(0, all.length - seriesMax);
        const some = all.slice(0, seriesMax);
        const visible = some.map((each) => this.alone === "" || this.alone === each.name);
        const stacking = (each: NamedSeries) => object(each.field.custom.stacking);
        const percent = some.some((each) => stacking(each).mode === "percent");
        const stacked = stack(some.map((each, i) => {
            const { mode } = stacking(each);
            const group = mode === "normal" || mode === "percent"
                ? `${text(stacking(each).group, "A")} ${each.field.unit}` : "";
            return {
                group,
                values: visible[i] ? each.values : each.values.map(() => null),
            };
        }), percent);
        const colors = seriesColors(some.map((each) => each.field));
        this.drawn = some.map((each, i) => ({
            ...each,
            color: colors[i],
            shown: stacked.values[i],
            scale: `y ${percent ? "percentunit" : each.field.unit}`,
        }));
        const times = timesOf(data);
        this.chart.span = data.span;
        this.chart.events = data.events;
        const rows = [times, ...this.drawn.map((each) => each.shown)] as uPlot.AlignedData;
        const shape = JSON.stringify([this.alone,
            this.drawn.map((each) => [each.name, each.scale, each.color])]);
        if (shape === this.shape) {
            this.chart.setData(rows);
        } else {
            this.shape = shape;
            this.build(rows, stacked.below);
        }
        this.chart.say(some.length === 0
            ? this.make.panel.field.defaults.noValue || "no data" : "");
        this.drawLegend();
    }

    private build(rows: uPlot.AlignedData, below: number[]): void {
        const scales: uPlot.Scales = {};
        const axes: uPlot.Axis[] = [];
        for (const each of this.drawn) {
            if (each.scale in scales) {
                continue;
            }
            const { field } = each;
            const unit = each.scale.slice(2);
            scales[each.scale] = { range: (_, min, max) => this.range(each.scale, min, max) };
            axes.push(axis({
                scale: each.scale,
                side: axes.length === 0 ? 3 : 1,
                grid: axes.length === 0 ? axis({}).grid : { show: false },
                values: (_, ticks) => ticks.map((tick) => format(tick, unit, field.decimals)),
                size: (_, labels) => widthFor(labels),
                space: 28,
                incrs: increments(unit),
            }));
        }
        if (axes.length === 0) {
            scales.y = { range: [0, 1] };
            axes.push(axis({ scale: "y", size: 30, values: () => [], grid: { show: false } }));
        }
        const bands: uPlot.Band[] = below.flatMap((under, i) =>
            under < 0 ? [] : [{ series: [i + 1, under + 1] as [number, number] }]);
        this.chart.make({
            series: this.drawn.map((each) => this.line(each)),
            scales, axes, bands,
            under: (plot) => this.drawThresholds(plot),
            tooltip: (point) => this.tooltip(point),
        }, rows);
    }

    private range(scale: string, min: number | null, max: number | null): [number, number] {
        const fields = this.drawn.filter((each) => each.scale === scale)
            .map((each) => each.field);
        const least = fields.find((each) => each.min !== undefined)?.min;
        const most = fields.find((each) => each.max !== undefined)?.max;
        // uPlot knows one of both or none.
        let from = min ?? 0;
        let to = max ?? 1;
        if (from >= 0 && from < to * 0.5) {
            from = 0;
        }
        if (from === to) {
            from = from > 0 ? 0 : from - 1;
            to = to > 0 ? to * 1.2 : to + 1;
        } else {
            to += (to - from) * 0.06;
            from -= from === 0 ? 0 : (to - from) * 0.06;
        }
        from = least ?? from;
        to = most ?? to;
        return from < to ? [from, to] : [from, from + 1];
    }

    private line(each: Drawn): uPlot.Series {
        const { custom } = each.field;
        const style = text(custom.drawStyle, "line");
        const opacity = number(custom.fillOpacity, style === "bars" ? 60 : 0) / 100;
        const dash = text(object(custom.lineStyle).fill) === "dash"
            ? list(object(custom.lineStyle).dash).map((part) => number(part, 10)) : undefined;
        const curve = text(custom.lineInterpolation);
        const paths = style === "bars" ? uPlot.paths.bars?.({ size: [0.8, 40] })
            : curve === "stepAfter" ? uPlot.paths.stepped?.({ align: 1 })
                : curve === "stepBefore" ? uPlot.paths.stepped?.({ align: -1 })
                    : curve === "smooth" ? uPlot.paths.spline?.() : undefined;
        return {
            scale: each.scale,
            stroke: style === "points" ? undefined : each.color,
            width: number(custom.lineWidth, 1),
            fill: opacity > 0 ? withAlpha(each.color, opacity) : undefined,
            dash: dash && dash.length === 0 ? [8, 6] : dash,
            spanGaps: custom.spanNulls === true,
            paths: style === "points" ? () => null : paths,
            points: style === "points"
                ? { show: true, size: number(custom.pointSize, 5), fill: each.color }
                : { show: true, size: 4, fill: each.color, filter: alone },
        };
    }

    private drawThresholds(plot: uPlot): void {
        const first = this.drawn[0];
        const style = text(object(first?.field.custom.thresholdsStyle).mode, "off");
        if (!first || style === "off" || first.field.percentage) {
            return;
        }
        const { ctx, bbox } = plot;
        ctx.save();
        for (const step of first.field.thresholds) {
            const y = plot.valToPos(step.from, first.scale, true);
            if (!Number.isFinite(step.from) || y < bbox.top || y > bbox.top + bbox.height) {
                continue;
            }
            ctx.strokeStyle = withAlpha(colorOf(step.color), 0.7);
            ctx.lineWidth = devicePixelRatio;
            ctx.setLineDash(style.startsWith("dash") ? [8, 6] : []);
            ctx.beginPath();
            ctx.moveTo(bbox.left, y);
            ctx.lineTo(bbox.left + bbox.width, y);
            ctx.stroke();
        }
        ctx.restore();
    }

    private tooltip(point: Point): Node[] {
        const rows = this.drawn
            .map((each) => ({ each, value: each.values[point.index] }))
            .filter(({ each, value }) => value !== null && value !== undefined
                && (this.alone === "" || this.alone === each.name))
            .sort((a, b) => (b.value ?? 0) - (a.value ?? 0));
        const some = rows.slice(0, 16).map(({ each, value }) =>
            tipRow(each.color, each.name, show(each.field, value, this.data?.now).text));
        return rows.length > 16
            ? [...some, h("div", { class: "muted" }, `and ${rows.length - 16} more`)] : some;
    }

    private drawLegend(): void {
        const options = object(this.make.panel.options.legend);
        if (options.showLegend === false || options.displayMode === "hidden") {
            this.legend.hidden = true;
            return;
        }
        const focused = this.legend.contains(document.activeElement)
            ? document.activeElement?.getAttribute("data-name") : undefined;
        const calcs = texts(options.calcs);
        const items = this.drawn.map((each) => {
            const on = this.alone === "" || this.alone === each.name;
            const numbers = calcs.map((how) => {
                const value = reduce(each.values, how);
                return h("span", { class: "legend-value", title: how },
                    `${calcNames[how] ?? how} ${show(each.field, value, this.data?.now).text}`);
            });
            return button(`Show ${each.name} alone, or all again`, () => this.toggle(each.name), {
                class: on ? "legend-item" : "legend-item off",
                "aria-pressed": this.alone === each.name ? "true" : "false",
                "data-name": each.name, title: each.name,
            }, h("span", { class: "swatch", style: { background: each.color } }),
            h("span", { class: "legend-name" }, each.name), ...numbers);
        });
        this.legend.classList.toggle("legend-table",
            options.displayMode === "table" || calcs.length > 0);
        const more = this.left > 0
            ? [h("span", { class: "muted" }, `and ${this.left} series that are not drawn`)] : [];
        this.legend.replaceChildren(...items, ...more);
        if (focused) {
            items.find((each) => each.dataset.name === focused)
                ?.focus({ preventScroll: true });
        }
    }

    private toggle(name: string): void {
        this.alone = this.alone === name ? "" : name;
        if (this.data) {
            this.update(this.data);
        }
    }

    redraw(): void {
        this.shape = "";
        if (this.data) {
            this.update(this.data);
        }
    }

    destroy(): void {
        this.chart.destroy();
    }
}
