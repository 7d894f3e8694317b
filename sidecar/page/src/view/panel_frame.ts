// The frame of one panel: its title, its place, what it says instead of data, and when it reads
// anew. Only panels on the screen ask anything.

import type { Panel } from "../model/dashboard";
import { fillTitle, type Holding } from "../model/variables";
import type { Event } from "./chart";
import { h, setText } from "./dom";
import { Loader } from "./loader";
import { HeatmapPanel, StateTimeline } from "./panels/boxes";
import type { Make, Renderer } from "./panels/panel";
import { TablePanel } from "./panels/table";
import { AlertList, TextPanel } from "./panels/texts";
import { TimeSeries } from "./panels/timeseries";
import { BarGauge, Gauge, Stat } from "./panels/values";
import type { Context } from "./view";

const renderers: Record<string, new (make: Make) => Renderer> = {
    "timeseries": TimeSeries, "stat": Stat, "gauge": Gauge, "bargauge": BarGauge,
    "table": TablePanel, "heatmap": HeatmapPanel, "state-timeline": StateTimeline,
    "alertlist": AlertList, "text": TextPanel,
};

const drawsEvents = new Set(["timeseries", "state-timeline"]);

export interface Surroundings {
    holding(): Holding;
    events(): Event[];
    zoom(from: number, to: number): void;
}

export class PanelFrame {
    readonly element: HTMLElement;
    visible = false;
    private readonly title = h("h3");
    private readonly fault = h("span", { class: "fault", role: "img", hidden: true });
    private readonly body = h("div", { class: "panel-body" });
    private readonly loader: Loader;
    private renderer: Renderer | undefined;
    private running: Promise<void> | undefined;
    private shownOnce = false;

    constructor(readonly panel: Panel, private readonly context: Context,
        private readonly around: Surroundings) {
        this.loader = new Loader(panel, context.api);
        const info = panel.description
            ? h("span", {
                class: "hint", title: panel.description, role: "img", tabindex: 0,
                "aria-label": panel.description,
            }, "i") : null;
        const bare = panel.title === "" && panel.description === "";
        this.element = h("section", {
            class: `panel panel-${panel.type}`,
            "aria-label": panel.title || panel.type,
            style: {
                "--x": String(panel.x + 1), "--w": String(panel.w),
                "--y": String(panel.y + 1), "--h": String(panel.h),
            },
        }, h("header", { class: bare ? "bare" : "" }, this.title, info, this.fault), this.body);
        if (panel.unsupported) {
            this.body.append(h("p", { class: "none" }, panel.unsupported));
        }
        this.writeTitle();
    }

    private writeTitle(): void {
        const { state } = this.context;
        const window = this.loader.window(state.range, 600);
        setText(this.title, fillTitle(this.panel.title, this.around.holding(), window));
    }

    private make(): Renderer | undefined {
        const type = renderers[this.panel.type];
        if (!this.renderer && type && !this.panel.unsupported) {
            this.renderer = new type({
                panel: this.panel,
                context: this.context,
                zoom: (from, to) => this.around.zoom(from, to),
                title: (source) => fillTitle(source, this.around.holding(),
                    this.loader.window(this.context.state.range, 600)),
            });
            this.body.replaceChildren(this.renderer.element);
        }
        return this.renderer;
    }

    // One after the other: a slow answer is never overtaken.
    async refresh(): Promise<void> {
        if (!this.visible || this.panel.unsupported) {
            return;
        }
        while (this.running) {
            await this.running;
        }
        this.running = this.read();
        await this.running;
    }

    private async read(): Promise<void> {
        try {
            this.writeTitle();
            const width = this.body.clientWidth || 600;
            const { state, api } = this.context;
            const loaded = await this.loader.load(state.range, this.around.holding(), width);
            const some = loaded.answers.some((each) => each.frame || each.samples)
                || this.panel.targets.length === 0;
            this.tell(loaded.errors, some);
            if (some) {
                const events = drawsEvents.has(this.panel.type) ? this.around.events() : [];
                this.make()?.update({ ...loaded, now: api.now(), events });
                this.shownOnce = true;
            }
        } catch (problem) {
            this.tell([`cannot be drawn: ${(problem as Error).message}`], false);
        } finally {
            this.running = undefined;
        }
    }

    private tell(errors: string[], some: boolean): void {
        const text = [...new Set(errors)].join("\n");
        this.fault.hidden = errors.length === 0;
        this.fault.title = text;
        this.fault.setAttribute("aria-label", text);
        setText(this.fault, errors.length === 0 ? "" : "!");
        this.element.classList.toggle("old", errors.length > 0);
        if (!some && !this.shownOnce) {
            this.body.replaceChildren(h("p", { class: "none" }, text || "no data"));
            this.renderer?.destroy();
            this.renderer = undefined;
        }
    }

    redraw(): void {
        this.renderer?.redraw();
    }

    destroy(): void {
        this.renderer?.destroy();
    }
}
