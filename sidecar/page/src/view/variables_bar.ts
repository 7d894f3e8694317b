// The bar of a dashboard's variables: reads what there is to choose from and keeps what is chosen.

import type { Variable } from "../model/dashboard";
import {
    choicesOf, everything, fill, type Holding, labelValuesQuery, settle, toggled, type Window,
} from "../model/variables";
import { h, setText } from "./dom";
import type { Context } from "./view";

const noWindow: Window = {
    stepSeconds: 15, rangeSeconds: 3600, fromMs: 0, toMs: 0, scrapeSeconds: 10,
};

export class VariablesBar {
    readonly element = h("div", { class: "variables" });
    readonly holding: Holding = new Map();
    private drawn = "";

    constructor(private readonly variables: Variable[], private readonly context: Context) {
        for (const each of variables) {
            const chosen = context.state.variables.get(each.name) ?? each.current;
            this.hold(each, each.choices, chosen.length > 0 ? chosen
                : each.all ? [everything] : each.choices.slice(0, 1));
        }
    }

    private hold(variable: Variable, choices: string[], values: string[]): void {
        this.holding.set(variable.name, {
            values, choices, multi: variable.multi, all: variable.all, allValue: variable.allValue,
        });
    }

    // In their order: one may stand in the query of the next.
    async refresh(): Promise<void> {
        for (const variable of this.variables) {
            let { choices } = variable;
            const wanted = labelValuesQuery(fill(variable.query, this.holding, noWindow));
            if (variable.type === "query" && wanted) {
                try {
                    choices = choicesOf(variable,
                        await this.context.api.labelValues(wanted.label, wanted.metric));
                } catch {
                    continue; // what was there before stays
                }
            }
            if (variable.type !== "constant" && variable.type !== "textbox") {
                const current = this.holding.get(variable.name)?.values ?? [];
                this.hold(variable, choices, settle({ ...variable, current }, choices));
            }
        }
        this.draw();
    }

    private draw(): void {
        const shown = this.variables.filter((each) => !each.hidden
            && (this.holding.get(each.name)?.choices.length ?? 0) > 0);
        const drawn = JSON.stringify(shown.map((each) => this.holding.get(each.name)));
        if (drawn === this.drawn || this.element.contains(document.activeElement)) {
            return;
        }
        this.drawn = drawn;
        this.element.replaceChildren(...shown.map((each) => this.one(each)));
    }

    private one(variable: Variable): HTMLElement {
        if (variable.multi) {
            return this.several(variable);
        }
        const held = this.holding.get(variable.name);
        const id = `variable-${variable.name}`;
        const chosen = new Set(held?.values);
        const choices = [
            ...(variable.all ? [[everything, "All"]] : []),
            ...(held?.choices ?? []).map((each) => [each, each]),
        ];
        const element = h("select", { id },
            ...choices.map(([value, text]) =>
                h("option", { value, selected: chosen.has(value) }, text)));
        element.addEventListener("change", () => {
            element.blur();
            this.choose(variable, [element.value]);
        });
        return h("div", { class: "variable" }, h("label", { for: id }, variable.label), element);
    }

    private choose(variable: Variable, values: string[]): void {
        this.hold(variable, this.holding.get(variable.name)?.choices ?? [], values);
        this.context.state.setVariable(variable.name, values);
    }

    // A list to open, with a box to tick for each choice.
    private several(variable: Variable): HTMLElement {
        const held = this.holding.get(variable.name);
        const chosen = held?.values ?? [];
        const title = h("summary");
        const boxes = new Map<string, HTMLInputElement>();
        const draw = (values: string[]) => {
            boxes.forEach((box, value) => { box.checked = values.includes(value); });
            const shown = values.includes(everything) ? "All" : values.join(" + ");
            setText(title, `${variable.label}: ${shown}`);
        };
        const choices = [...(variable.all ? [everything] : []), ...(held?.choices ?? [])];
        const list = choices.map((value) => {
            const box = h("input", { type: "checkbox" });
            boxes.set(value, box);
            box.addEventListener("change", () => {
                const now = this.holding.get(variable.name)?.values ?? [];
                const next = toggled(now, value, variable.all);
                this.choose(variable, next.length > 0 ? next : [value]);
                draw(this.holding.get(variable.name)?.values ?? []);
            });
            return h("label", {}, box, value === everything ? "All" : value);
        });
        draw(chosen);
        const menu = h("details", { class: "variable several" }, title,
            h("div", { class: "choices" }, ...list));
        menu.addEventListener("keydown", (event) => {
            if (event.key === "Escape" && menu.open) {
                menu.open = false;
                title.focus();
            }
        });
        return menu;
    }
}
