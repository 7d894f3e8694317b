// A plain table whose rows are drawn anew only when they have changed, so that what the person has
// marked or reached with the keyboard stays.

import { h } from "./dom";

export interface Heading {
    title: string;
    numeric?: boolean;
}

export class Rows {
    private readonly body = h("tbody");
    private readonly none = h("p", { class: "none" });
    private drawn = "";
    readonly element: HTMLElement;

    constructor(label: string, headings: Heading[], public whenEmpty: string) {
        const heads = headings.map((each) =>
            h("th", { scope: "col", class: each.numeric ? "numeric" : "" }, each.title));
        this.element = h("div", {
            class: "scroll", role: "region", "aria-label": label, tabindex: 0,
        }, h("table", {}, h("thead", {}, h("tr", {}, ...heads)), this.body), this.none);
    }

    // `key` tells whether anything has changed.
    draw<T>(all: T[], key: unknown, row: (one: T) => HTMLElement): void {
        const drawn = JSON.stringify(key);
        if (drawn === this.drawn) {
            return;
        }
        this.drawn = drawn;
        // What stands under the same key stays open, and keeps the focus.
        const keyed = (name: string) => [...this.body.querySelectorAll<HTMLElement>(name)];
        const open = new Set(keyed("details[open]").map((each) => each.dataset.key));
        const focused = (document.activeElement as HTMLElement | null)?.dataset.key;
        const had = this.body.contains(document.activeElement) && focused !== undefined;
        this.body.replaceChildren(...all.map(row));
        keyed("details").forEach((each) => each.toggleAttribute("open",
            open.has(each.dataset.key)));
        if (had) {
            // What had it may be gone, such as the button that ended a silence.
            (keyed("[data-key]").find((each) => each.dataset.key === focused) ?? this.element)
                .focus({ preventScroll: true });
        }
        this.none.textContent = all.length === 0 ? this.whenEmpty : "";
        this.element.classList.toggle("empty", all.length === 0);
    }
}

export function cell(text: string | Node, numeric = false, title?: string): HTMLElement {
    return h("td", { class: numeric ? "numeric" : "", title }, text);
}
