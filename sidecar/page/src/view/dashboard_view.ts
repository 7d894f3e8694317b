// The page /: the dashboard file, row by row, panel by panel.

import { type Annotation, type Dashboard, readDashboard } from "../model/dashboard";
import { nameOf } from "../model/series";
import { stretches } from "../model/states";
import { grid, resolve, stepFor } from "../model/time";
import { fill } from "../model/variables";
import type { Event } from "./chart";
import { h } from "./dom";
import { PanelFrame } from "./panel_frame";
import { colorOf, onChange } from "./theme";
import { VariablesBar } from "./variables_bar";
import type { Context, View } from "./view";

const choicesEveryMs = 30_000;
const eventsEveryMs = 5000;

export class DashboardView implements View {
    readonly element = h("div", { class: "dashboard" });
    private panels: PanelFrame[] = [];
    private dashboard: Dashboard | undefined;
    private bar: VariablesBar | undefined;
    private events: Event[] = [];
    private eventsOf = "";
    private eventsReadAt = 0;
    private choicesReadAt = 0;
    private readonly seen: IntersectionObserver;
    private readonly forgetTheme: () => void;

    constructor(private readonly context: Context) {
        this.seen = new IntersectionObserver((entries) => {
            for (const entry of entries) {
                const panel = this.panels.find((each) => each.element === entry.target);
                if (panel && panel.visible !== entry.isIntersecting) {
                    panel.visible = entry.isIntersecting;
                    void panel.refresh();
                }
            }
        }, { rootMargin: "150px" });
        this.forgetTheme = onChange(() => this.panels.forEach((each) => each.redraw()));
    }

    private async build(): Promise<void> {
        const dashboard = readDashboard(await this.context.api.document("/dashboard.json"));
        this.dashboard = dashboard;
        this.bar = new VariablesBar(dashboard.variables, this.context);
        this.context.state.suggest({ from: dashboard.from, to: dashboard.to });
        this.choicesReadAt = performance.now();
        await this.bar.refresh();
        this.element.replaceChildren(this.bar.element);
        for (const row of dashboard.rows) {
            const cells = h("div", { class: "grid" });
            const frames = row.panels.map((panel) => {
                const frame = new PanelFrame(panel, this.context, {
                    holding: () => this.bar?.holding ?? new Map(),
                    events: () => this.events,
                    zoom: (from, to) => this.zoom(from, to),
                });
                return frame;
            });
            this.panels.push(...frames);
            cells.append(...frames.map((each) => each.element));
            this.element.append(row.title === "" ? cells : this.foldable(row, cells));
            frames.forEach((each) => this.seen.observe(each.element));
        }
    }

    private foldable(row: { title: string; collapsed: boolean }, cells: HTMLElement): HTMLElement {
        const open = !row.collapsed;
        cells.hidden = !open;
        const head = h("button", {
            type: "button", class: "row-title", "aria-expanded": open ? "true" : "false",
            on: {
                click: () => {
                    cells.hidden = !cells.hidden;
                    head.setAttribute("aria-expanded", cells.hidden ? "false" : "true");
                },
            },
        }, row.title);
        return h("section", { class: "row", "aria-label": row.title },
            h("h2", {}, head), cells);
    }

    private zoom(from: number, to: number): void {
        if (to - from < 1000) {
            return;
        }
        this.context.state.zoom({ from: String(from), to: String(to) });
    }

    private async readEvents(annotation: Annotation): Promise<Event[]> {
        const span = resolve(this.context.state.range, this.context.api.now());
        const step = stepFor(span, 300, 10);
        const frame = await this.context.api.queryRange(
            fill(annotation.expr, this.bar?.holding ?? new Map(), {
                stepSeconds: step, rangeSeconds: (span.to - span.from) / 1000,
                fromMs: span.from, toMs: span.to, scrapeSeconds: 10,
            }), grid(span, step), step, "");
        return frame.series.flatMap((series) => {
            const named = nameOf(series.labels, annotation.title || annotation.text || "");
            const text = annotation.title && annotation.text
                ? `${named}: ${nameOf(series.labels, annotation.text)}` : named;
            return stretches(series.values.map((value) => (value ? 1 : 0)))
                .filter((each) => each.value === 1)
                .map((each) => ({
                    at: frame.start + each.from * step,
                    color: colorOf(annotation.color),
                    text: text || annotation.name,
                }));
        });
    }

    // What there is to choose from changes seldom, and events are few: not each round asks.
    private async refreshRest(): Promise<void> {
        const now = performance.now();
        if (now - this.choicesReadAt > choicesEveryMs) {
            this.choicesReadAt = now;
            await this.bar?.refresh();
        }
        const asked = JSON.stringify([this.context.state.range,
            [...(this.bar?.holding ?? [])].map(([name, held]) => [name, held.values])]);
        if (asked === this.eventsOf && now - this.eventsReadAt < eventsEveryMs) {
            return;
        }
        this.eventsOf = asked;
        this.eventsReadAt = now;
        const events = await Promise.allSettled(
            (this.dashboard?.annotations ?? []).map((each) => this.readEvents(each)));
        this.events = events.flatMap((each) => (each.status === "fulfilled" ? each.value : []));
    }

    async refresh(): Promise<void> {
        if (!this.dashboard) {
            await this.build();
        }
        await this.refreshRest();
        await Promise.all(this.panels.map((each) => each.refresh()));
    }

    destroy(): void {
        this.seen.disconnect();
        this.forgetTheme();
        this.panels.forEach((each) => each.destroy());
    }
}
