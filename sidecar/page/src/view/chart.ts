// A chart over time: axes, a cursor shared by all charts, zoom by dragging, a tooltip. The panels
// that draw over time use it and only say what to draw. Drawing is uPlot's.

import uPlot from "uplot";
import { clock, dayAndClock, type Span } from "../model/time";
import { h, setText } from "./dom";
import { cssColor } from "./theme";

export interface Point {
    index: number; // of the data
    x: number; // seconds
    y: number; // by the first scale
}

export interface Event {
    at: number; // seconds
    color: string;
    text: string;
}

export interface ChartOptions {
    series: uPlot.Series[];
    scales: uPlot.Scales;
    axes: uPlot.Axis[]; // of the values; time has its own
    bands?: uPlot.Band[];
    draw?: (plot: uPlot) => void;
    under?: (plot: uPlot) => void;
    tooltip(point: Point): Node[];
}

const sync = uPlot.sync("time");

const labelFont = "11px system-ui, sans-serif";
const axisMost = 140; // pixels
const ruler = document.createElement("canvas").getContext("2d");

function labelWidth(label: string): number {
    if (!ruler) {
        return label.length * 7;
    }
    ruler.font = labelFont;
    return ruler.measureText(label).width;
}

// As much of a name as has room beside an axis, from its beginning.
export function shortened(name: string): string {
    const room = axisMost - 12;
    let shown = name.slice(0, 60);
    if (shown === name && labelWidth(name) <= room) {
        return name;
    }
    while (shown.length > 1 && labelWidth(`${shown}…`) > room) {
        shown = shown.slice(0, -1);
    }
    return `${shown}…`;
}

export function axis(extra: Partial<uPlot.Axis>): uPlot.Axis {
    return {
        stroke: () => cssColor("--muted"),
        grid: { stroke: () => cssColor("--grid"), width: 1 },
        ticks: { show: false },
        font: labelFont,
        gap: 4,
        ...extra,
    };
}

// As wide as the longest of the labels.
export function widthFor(labels: string[] | null): number {
    const longest = (labels ?? []).reduce((most, each) =>
        Math.max(most, labelWidth(each ?? "")), 1);
    return Math.min(axisMost, Math.max(28, Math.ceil(longest) + 12));
}

// Between labels: narrow charts have room for hours and minutes only.
const timeSpace = (_: uPlot, __: number, ___: number, ____: number, width: number) =>
    (width < 350 * devicePixelRatio ? 46 : 64);

function timeLabels(_: uPlot, ticks: number[]): string[] {
    const apart = ticks.length > 1 ? ticks[1] - ticks[0] : 60;
    return ticks.map((at) => clock(at * 1000, apart < 60));
}

export class Chart {
    readonly element = h("div", { class: "chart" });
    span: Span = { from: 0, to: 1 };
    events: Event[] = [];
    private readonly tip = h("div", { class: "tip", hidden: true, role: "status" });
    private readonly words = h("div", { class: "chart-words", hidden: true });
    private plot: uPlot | undefined;
    private options: ChartOptions | undefined;
    private readonly observer: ResizeObserver;

    constructor(private readonly zoom: (from: number, to: number) => void) {
        this.element.append(this.tip, this.words);
        this.observer = new ResizeObserver(() => this.fit());
        this.observer.observe(this.element);
    }

    private size(): { width: number; height: number } {
        return {
            width: Math.max(50, this.element.clientWidth),
            height: Math.max(50, this.element.clientHeight),
        };
    }

    private fit(): void {
        const { width, height } = this.size();
        if (this.plot && (this.plot.width !== width || this.plot.height !== height)) {
            this.plot.setSize({ width, height });
        }
    }

    // A new chart, for other series than before.
    make(options: ChartOptions, data: uPlot.AlignedData): void {
        this.options = options;
        this.plot?.destroy();
        this.tip.hidden = true;
        this.plot = new uPlot({
            ...this.size(),
            series: [{}, ...options.series],
            scales: {
                x: { time: true, range: () => [this.span.from / 1000, this.span.to / 1000] },
                ...options.scales,
            },
            axes: [axis({ values: timeLabels, size: 24, space: timeSpace }), ...options.axes],
            bands: options.bands,
            legend: { show: false },
            padding: [6, 18, 0, 0], // half of the last time, which may stand at the edge
            cursor: {
                // The others show the cursor; a range is chosen once, where it is dragged.
                sync: {
                    key: sync.key, setSeries: false, scales: ["x", null],
                    filters: { pub: (type) => type === "mousemove" || type === "mouseleave" },
                },
                drag: { x: true, y: false, setScale: false },
                points: { size: 5 },
                // A double click asks for the range before: the dashboard's business.
                bind: { dblclick: () => null },
            },
            hooks: {
                drawClear: [(plot) => options.under?.(plot)],
                draw: [(plot) => {
                    options.draw?.(plot);
                    this.drawEvents(plot);
                }],
                setSelect: [(plot) => this.select(plot)],
                setCursor: [(plot) => this.point(plot)],
            },
        }, data, this.element);
        // Only whom the mouse is over tells; the others only show their cursor.
        this.plot.over.addEventListener("mouseleave", () => { this.tip.hidden = true; });
    }

    // Instead of data.
    say(text: string): void {
        this.words.hidden = text === "";
        setText(this.words, text);
    }

    setData(data: uPlot.AlignedData): void {
        this.plot?.setData(data);
    }

    redraw(): void {
        this.plot?.redraw(false, true);
    }

    setSeriesShown(index: number, shown: boolean): void {
        this.plot?.setSeries(index + 1, { show: shown });
    }

    private select(plot: uPlot): void {
        const { left, width } = plot.select;
        if (width < 4) {
            return;
        }
        const from = plot.posToVal(left, "x") * 1000;
        const to = plot.posToVal(left + width, "x") * 1000;
        plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
        this.zoom(Math.round(from), Math.round(to));
    }

    private drawEvents(plot: uPlot): void {
        const { ctx, bbox } = plot;
        ctx.save();
        for (const event of this.events) {
            const x = Math.round(plot.valToPos(event.at, "x", true));
            if (x < bbox.left || x > bbox.left + bbox.width) {
                continue;
            }
            ctx.strokeStyle = event.color;
            ctx.fillStyle = event.color;
            ctx.lineWidth = devicePixelRatio;
            ctx.setLineDash([4 * devicePixelRatio, 3 * devicePixelRatio]);
            ctx.beginPath();
            ctx.moveTo(x, bbox.top);
            ctx.lineTo(x, bbox.top + bbox.height);
            ctx.stroke();
            const half = 4 * devicePixelRatio;
            ctx.beginPath();
            ctx.moveTo(x - half, bbox.top + bbox.height + half);
            ctx.lineTo(x + half, bbox.top + bbox.height + half);
            ctx.lineTo(x, bbox.top + bbox.height - half);
            ctx.fill();
        }
        ctx.restore();
    }

    private point(plot: uPlot): void {
        const { left, top, idx } = plot.cursor;
        const over = plot.over.matches(":hover");
        if (!over || left === undefined || top === undefined || left < 0 || idx === null
            || idx === undefined || !this.options) {
            this.tip.hidden = true;
            return;
        }
        const x = plot.data[0][idx];
        const scale = Object.keys(plot.scales).find((each) => each !== "x");
        const y = scale === undefined ? 0 : plot.posToVal(top, scale);
        const at = plot.posToVal(left, "x");
        const near = (this.span.to - this.span.from) / 1000 / 100;
        const events = this.events.filter((each) => Math.abs(each.at - at) < near).slice(0, 5);
        this.tip.replaceChildren(
            h("div", { class: "tip-time" }, dayAndClock(x * 1000)),
            ...this.options.tooltip({ index: idx, x: at, y }),
            ...events.map((each) => h("div", { class: "tip-event" },
                h("span", { class: "swatch", style: { background: each.color } }), each.text)));
        this.tip.hidden = false;
        const box = plot.over.getBoundingClientRect();
        const own = this.tip.getBoundingClientRect();
        const beside = box.left + left + 16 + own.width < innerWidth
            ? left + 16 : left - own.width - 16;
        this.tip.style.left = `${plot.over.offsetLeft + beside}px`;
        this.tip.style.top = `${plot.over.offsetTop
            + Math.min(top + 8, Math.max(0, innerHeight - box.top - own.height - 8))}px`;
    }

    destroy(): void {
        this.observer.disconnect();
        this.plot?.destroy();
        this.plot = undefined;
    }
}

export function tipRow(color: string, name: string, value: string): HTMLElement {
    return h("div", { class: "tip-row" },
        h("span", { class: "swatch", style: { background: color } }),
        h("span", { class: "tip-name" }, name),
        h("span", { class: "tip-value" }, value));
}
