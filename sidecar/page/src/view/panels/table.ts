// The table panel. A click on a column's head sorts by it, another one the other way round.

import { fieldOf } from "../../model/field";
import { list, number, object, text } from "../../model/read";
import { nameOf } from "../../model/series";
import { type Cell, type Column, sortBy, type Table, tableOf } from "../../model/table";
import { show } from "../../model/value";
import { h } from "../dom";
import { colorOf, withAlpha } from "../theme";
import { type Make, type PanelData, type Renderer, valueColor } from "./panel";

const rowsMax = 200;

export class TablePanel implements Renderer {
    private readonly head = h("thead");
    private readonly body = h("tbody");
    private readonly note = h("div", { class: "muted" });
    readonly element = h("div", { class: "scroll", tabindex: 0, role: "region" },
        h("table", {}, this.head, this.body), this.note);
    private sort: { name: string; descending: boolean } | undefined;
    private shape = "";
    private data: PanelData | undefined;

    constructor(private readonly make: Make) {
        const [first] = list(make.panel.options.sortBy).map(object);
        if (first) {
            this.sort = { name: text(first.displayName), descending: first.desc === true };
        }
        this.element.setAttribute("aria-label", make.panel.title || "table");
    }

    update(data: PanelData): void {
        this.data = data;
        const { panel } = this.make;
        const all = tableOf(data.answers.map((answer) => {
            const last = (answer.frame?.series ?? []).map((each) => ({
                labels: each.labels,
                at: data.now / 1000,
                value: each.values.reduce<number>((last, value) => value ?? last, NaN),
            }));
            const samples = answer.samples ?? last;
            return {
                refId: answer.target.refId,
                samples,
                names: samples.map((each) => nameOf(each.labels, answer.legend)),
                table: answer.target.format === "table",
            };
        }), panel.transformations);
        const table = this.named(this.withoutHidden(all));
        const sorted = this.sort
            ? sortBy(table, this.sort.name, this.sort.descending) : table;
        this.drawHead(sorted.columns);
        const rows = sorted.rows.slice(0, rowsMax).map((row) => h("tr", {},
            ...row.map((cell, i) => this.cell(sorted.columns[i], cell, data.now))));
        this.body.replaceChildren(...rows);
        this.note.textContent = sorted.rows.length === 0
            ? panel.field.defaults.noValue || "no data"
            : sorted.rows.length > rowsMax ? `and ${sorted.rows.length - rowsMax} more` : "";
    }

    private field(column: Column) {
        return fieldOf(this.make.panel.field, column.name, column.refId);
    }

    private withoutHidden(table: Table): Table {
        const kept = table.columns.map((each, i) => ({ each, i }))
            .filter(({ each }) => this.field(each).custom.hidden !== true);
        return {
            columns: kept.map(({ each }) => each),
            rows: table.rows.map((row) => kept.map(({ i }) => row[i])),
        };
    }

    private titles = new Map<Column, string>();

    private named(table: Table): Table {
        this.titles = new Map(table.columns.map((each) =>
            [each, this.field(each).displayName || each.name]));
        if (this.sort) {
            // A file names the column to sort by as it is shown.
            const { name } = this.sort;
            const shown = table.columns.find((each) => this.titles.get(each) === name);
            this.sort.name = shown?.name ?? name;
        }
        return table;
    }

    private drawHead(columns: Column[]): void {
        const shape = JSON.stringify([columns, this.sort]);
        if (shape === this.shape) {
            return;
        }
        const focused = this.head.contains(document.activeElement)
            ? (document.activeElement as HTMLElement).dataset.name : undefined;
        this.shape = shape;
        const cells = columns.map((column) => {
            const title = this.titles.get(column) ?? column.name;
            const order = this.sort?.name !== column.name ? "none"
                : this.sort.descending ? "descending" : "ascending";
            const sign = order === "none" ? "" : order === "ascending" ? " ↑" : " ↓";
            const sorter = h("button", {
                type: "button", class: "sorter", "data-name": column.name,
                on: { click: () => this.sortOn(column) },
            }, title + sign);
            return h("th", {
                scope: "col", "aria-sort": order, class: column.numeric ? "numeric" : "",
            }, sorter);
        });
        this.head.replaceChildren(h("tr", {}, ...cells));
        if (focused !== undefined) {
            [...this.head.querySelectorAll("button")]
                .find((each) => each.dataset.name === focused)?.focus({ preventScroll: true });
        }
    }

    private sortOn(column: Column): void {
        const again = this.sort?.name === column.name;
        this.sort = {
            name: column.name,
            descending: again ? !this.sort?.descending : column.numeric,
        };
        if (this.data) {
            this.update(this.data);
        }
    }

    private cell(column: Column, value: Cell, now: number): HTMLElement {
        const field = this.field(column);
        if (column.name === "Time" && field.unit === "") {
            field.unit = "dateTimeAsIso";
        }
        const shown = value === null ? { text: "", color: "" } : show(field, value, now);
        const options = object(field.custom.cellOptions);
        const mode = text(options.type) || text(field.custom.displayMode, "auto");
        const color = mode === "auto" ? "" : valueColor(field, shown.color, 0);
        const style: Record<string, string> = {};
        if (color !== "" && mode.startsWith("color-background")) {
            style.background = withAlpha(color, 0.3);
        } else if (color !== "" && mode === "color-text") {
            style.color = color;
        }
        const children: Node[] = [];
        if ((mode === "gauge" || mode === "gradient-gauge" || mode === "lcd-gauge")
            && typeof value === "number") {
            const min = field.min ?? 0;
            const share = (value - min) / ((field.max ?? 100) - min || 1);
            children.push(h("span", { class: "bar-track cell-bar" }, h("span", {
                class: "bar-fill",
                style: {
                    width: `${Math.min(1, Math.max(0, share)) * 100}%`,
                    background: color || colorOf("blue"),
                },
            })));
        }
        const width = number(field.custom.width);
        if (width !== undefined) {
            style["max-width"] = `${width}px`;
        }
        return h("td", {
            class: column.numeric ? "numeric" : "", style, title: shown.text,
        }, ...children, shown.text);
    }

    redraw(): void {
        if (this.data) {
            this.update(this.data);
        }
    }

    destroy(): void {}
}
