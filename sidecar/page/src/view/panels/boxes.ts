// Panels that draw boxes over time: the heatmap of a histogram and the timeline of states.

import type uPlot from "uplot";
import { type Heatmap, heatmapOf } from "../../model/heatmap";
import { object, text } from "../../model/read";
import { merge, nameOf } from "../../model/series";
import { type Stretch, stretches } from "../../model/states";
import { parseValue } from "../../model/series";
import { clock } from "../../model/time";
import { format } from "../../model/units";
import { show } from "../../model/value";
import { axis, Chart, type Point, shortened, tipRow, widthFor } from "../chart";
import { h } from "../dom";
import { colorOf, isDark, withAlpha } from "../theme";
import {
    type Make, type NamedSeries, type PanelData, type Renderer, seriesOf, timesOf, valueColor,
} from "./panel";

abstract class Boxes implements Renderer {
    readonly element = h("div", { class: "fill" });
    protected readonly chart: Chart;
    protected data: PanelData | undefined;
    private rows = -1;

    constructor(protected readonly make: Make) {
        this.chart = new Chart(make.zoom);
        this.element.append(this.chart.element);
    }

    protected abstract take(data: PanelData): number; // how many rows there are
    protected abstract label(row: number): string;
    protected abstract draw(plot: uPlot): void;
    protected abstract tooltip(point: Point): Node[];

    update(data: PanelData): void {
        this.data = data;
        const rows = this.take(data);
        const times = timesOf(data);
        const values = [times, times.map(() => null)] as uPlot.AlignedData;
        this.chart.span = data.span;
        this.chart.events = data.events;
        this.chart.say(rows === 0 ? this.make.panel.field.defaults.noValue || "no data" : "");
        if (rows === this.rows) {
            this.chart.setData(values);
            return;
        }
        this.rows = rows;
        // One tick in the middle of each row, of some when there are many.
        const every = Math.ceil(rows / 14);
        const middles = Array.from({ length: rows }, (_, i) => i + 0.5)
            .filter((_, i) => (rows - 1 - i) % every === 0);
        this.chart.make({
            series: [{ scale: "y", paths: () => null, points: { show: false } }],
            scales: { y: { range: [0, Math.max(1, rows)] } },
            axes: [axis({
                scale: "y",
                splits: middles,
                values: (_, at) => at.map((each) => this.label(Math.floor(each))),
                size: (_, labels) => widthFor(labels),
                grid: { show: false },
            })],
            draw: (plot) => this.draw(plot),
            tooltip: (point) => this.tooltip(point),
        }, values);
    }

    redraw(): void {
        this.chart.redraw();
    }

    destroy(): void {
        this.chart.destroy();
    }
}

export class HeatmapPanel extends Boxes {
    private map: Heatmap = { start: 0, step: 1, count: 0, bounds: [], cells: [], max: 0 };

    protected take(data: PanelData): number {
        const frames = data.answers.flatMap((each) => (each.frame ? [each.frame] : []));
        if (frames.length === 0) {
            return 0;
        }
        const names = data.answers.flatMap((answer) =>
            (answer.frame?.series ?? []).map((each) => nameOf(each.labels, answer.legend)));
        this.map = heatmapOf(merge(frames), names);
        return this.map.bounds.length;
    }

    protected label(row: number): string {
        const unit = text(object(this.make.panel.options.yAxis).unit)
            || this.make.panel.field.defaults.unit;
        const bound = parseValue(this.map.bounds[row]);
        return Number.isNaN(bound) ? this.map.bounds[row] ?? ""
            : bound === Infinity ? "more" : `≤ ${format(bound, unit)}`;
    }

    protected draw(plot: uPlot): void {
        const { ctx, bbox } = plot;
        const { cells, start, step, count, max } = this.map;
        if (max <= 0) {
            return;
        }
        const color = isDark() ? "#f0883e" : "#bc4c00";
        ctx.save();
        ctx.beginPath();
        ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
        ctx.clip();
        cells.forEach((row, index) => {
            const top = plot.valToPos(index + 1, "y", true);
            const height = plot.valToPos(index, "y", true) - top;
            for (let i = 0; i < count; ++i) {
                if (row[i] > 0) {
                    const left = plot.valToPos(start + (i - 1) * step, "x", true);
                    const right = plot.valToPos(start + i * step, "x", true);
                    ctx.fillStyle = withAlpha(color, 0.12 + 0.88 * Math.sqrt(row[i] / max));
                    ctx.fillRect(left, top + 0.5, Math.max(1, right - left - 0.5), height - 1);
                }
            }
        });
        ctx.restore();
    }

    protected tooltip(point: Point): Node[] {
        const row = Math.floor(point.y);
        const { cells, start, step, count } = this.map;
        const index = Math.min(count - 1, Math.max(0, Math.ceil((point.x - start) / step)));
        if (!cells[row]) {
            return [];
        }
        const cellUnit = text(object(object(this.make.panel.options.cellValues)).unit);
        return [tipRow("transparent", this.label(row), format(cells[row][index], cellUnit))];
    }
}

export class StateTimeline extends Boxes {
    private series: NamedSeries[] = [];
    private spans: Stretch[][] = [];

    protected take(data: PanelData): number {
        this.series = seriesOf(this.make.panel, data).slice(0, 40).reverse();
        this.spans = this.series.map((each) => stretches(each.values));
        return this.series.length;
    }

    protected label(row: number): string {
        return shortened(this.series[row]?.name ?? "");
    }

    protected draw(plot: uPlot): void {
        const { ctx, bbox } = plot;
        const frame = this.data?.answers.find((each) => each.frame)?.frame;
        if (!frame) {
            return;
        }
        ctx.save();
        ctx.beginPath();
        ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
        ctx.clip();
        ctx.font = `${11 * devicePixelRatio}px system-ui, sans-serif`;
        ctx.textAlign = "left";
        ctx.textBaseline = "middle";
        this.spans.forEach((spans, row) => {
            const { field } = this.series[row];
            const above = plot.valToPos(row + 0.92, "y", true);
            const room = plot.valToPos(row + 0.08, "y", true) - above;
            const height = Math.min(40 * devicePixelRatio, room);
            const top = above + (room - height) / 2; // beside its name
            for (const each of spans) {
                if (each.value === null) {
                    continue;
                }
                const shown = show(field, each.value, this.data?.now);
                const left = Math.max(bbox.left,
                    plot.valToPos(frame.start + each.from * frame.step, "x", true));
                const right = plot.valToPos(frame.start + each.to * frame.step, "x", true);
                const color = valueColor(field, shown.color, row) || colorOf("gray");
                ctx.fillStyle = withAlpha(color, isDark() ? 0.45 : 0.35);
                ctx.fillRect(left, top, right - left, height);
                ctx.fillStyle = colorOf("text");
                const visible = Math.min(right, bbox.left + bbox.width) - left;
                if (ctx.measureText(shown.text).width + 8 < visible) {
                    ctx.fillText(shown.text, left + 5 * devicePixelRatio, top + height / 2);
                }
            }
        });
        ctx.restore();
    }

    protected tooltip(point: Point): Node[] {
        const row = Math.floor(point.y);
        const frame = this.data?.answers.find((each) => each.frame)?.frame;
        const series = this.series[row];
        if (!series || !frame) {
            return [];
        }
        const index = Math.floor((point.x - frame.start) / frame.step);
        const span = this.spans[row].find((each) => index >= each.from && index < each.to);
        if (!span) {
            return [];
        }
        const shown = show(series.field, span.value, this.data?.now);
        const from = clock((frame.start + span.from * frame.step) * 1000);
        const to = clock((frame.start + span.to * frame.step) * 1000);
        return [tipRow(valueColor(series.field, shown.color, row), series.name, shown.text),
            h("div", { class: "muted" }, `${from} to ${to}`)];
    }
}
