// The page /graph: one expression, as a graph and as a table of what it is now. Messages link to
// it, with the parameter that Prometheus' own page has, so that links of both look alike.

import { readDashboard } from "../model/dashboard";
import { h } from "./dom";
import { PanelFrame } from "./panel_frame";
import { onChange } from "./theme";
import type { Context, View } from "./view";

const namesId = "metric-names";

function panelsOf(expr: string): unknown {
    return {
        panels: [
            {
                id: 1, type: "timeseries", title: "Graph", gridPos: { x: 0, y: 0, w: 24, h: 12 },
                targets: [{ refId: "A", expr }], fieldConfig: { defaults: { unit: "short" } },
                options: { legend: { displayMode: "list" } },
            },
            {
                id: 2, type: "table", title: "Now", gridPos: { x: 0, y: 12, w: 24, h: 10 },
                targets: [{ refId: "A", expr, instant: true, format: "table" }],
                fieldConfig: { defaults: {} }, options: {},
                transformations: [{ id: "organize", options: { excludeByName: { Time: true } } }],
            },
        ],
    };
}

export class GraphView implements View {
    private readonly names = h("datalist", { id: namesId });
    private readonly input = h("input", {
        type: "text", class: "expression", list: namesId, spellcheck: "false",
        autocomplete: "off", "aria-label": "Expression", placeholder: "An expression in PromQL",
    });
    private readonly grid = h("div", { class: "grid" });
    readonly element = h("div", { class: "dashboard" },
        h("form", {
            class: "expression-bar",
            on: { submit: (event: Event) => { event.preventDefault(); this.show(); } },
        }, this.input, this.names, h("button", { type: "submit" }, "Show")),
        this.grid);
    private frames: PanelFrame[] = [];
    private namesRead = false;
    private readonly forgetTheme = onChange(() => this.frames.forEach((each) => each.redraw()));

    constructor(private readonly context: Context) {
        this.input.value = context.state.expr;
        this.build();
    }

    private show(): void {
        this.context.state.setExpr(this.input.value.trim());
        this.build();
        this.context.refreshNow();
    }

    private build(): void {
        this.frames.forEach((each) => each.destroy());
        const { expr } = this.context.state;
        const rows = expr === "" ? [] : readDashboard(panelsOf(expr)).rows;
        this.frames = rows.flatMap((row) => row.panels).map((panel) => {
            const frame = new PanelFrame(panel, this.context, {
                holding: () => new Map(),
                events: () => [],
                zoom: (from, to) => this.zoom(from, to),
            });
            frame.visible = true;
            return frame;
        });
        this.grid.replaceChildren(...this.frames.map((each) => each.element));
    }

    private zoom(from: number, to: number): void {
        if (to - from >= 1000) {
            this.context.state.zoom({ from: String(from), to: String(to) });
        }
    }

    async refresh(): Promise<void> {
        if (!this.namesRead) {
            this.namesRead = true;
            const names = await this.context.api.labelValues("__name__", "");
            this.names.replaceChildren(...names.map((name) => h("option", { value: name })));
        }
        await Promise.all(this.frames.map((each) => each.refresh()));
    }

    destroy(): void {
        this.forgetTheme();
        this.frames.forEach((each) => each.destroy());
    }
}
