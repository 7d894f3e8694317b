// Panels of words: the list of alerts and the text panel.

import { type Alert } from "../../model/alerts";
import { object } from "../../model/read";
import { span } from "../../model/units";
import { h } from "../dom";
import { type Make, option, type PanelData, type Renderer } from "./panel";

export function severityMark(alert: Alert): HTMLElement {
    const level = alert.severity === "critical" ? "bad" : alert.severity === "warning" ? "warn"
        : "info";
    const state = alert.state === "pending" ? "pending" : alert.severity || "firing";
    return h("span", { class: `mark ${alert.state === "pending" ? "pending" : level}` }, state);
}

export class AlertList implements Renderer {
    readonly element = h("ul", { class: "alerts scroll", tabindex: 0, "aria-label": "Alerts" });
    private drawn = "";

    constructor(private readonly make: Make) {}

    update(data: PanelData): void {
        const filter = object(this.make.panel.options.stateFilter);
        const known = this.make.context.alerts();
        const all = (known ?? []).filter((each) =>
            (each.state === "firing" ? filter.firing !== false : filter.pending !== false)
            && each.name.includes(option(this.make.panel, "alertName")));
        const drawn = JSON.stringify([known !== undefined, all, Math.floor(data.now / 10_000)]);
        if (drawn === this.drawn) {
            return;
        }
        this.drawn = drawn;
        this.element.replaceChildren(...(all.length === 0
            ? [h("li", { class: "none" },
                known ? "No alert fires" : "Which alerts fire is not known")]
            : all.map((each) => h("li", { class: "alert-item" },
                severityMark(each),
                h("a", { href: "/alerts", title: each.description }, each.summary),
                each.noData ? h("span", { class: "mark warn" }, "no data") : null,
                h("span", { class: "muted" }, `for ${span((data.now - each.since) / 1000)}`)))));
    }

    redraw(): void {}

    destroy(): void {}
}

// **strong**, `code` and [text](address): as much of Markdown as a panel needs.
function inline(source: string): Node[] {
    return source.split(/(\*\*[^*]+\*\*|`[^`]+`|\[[^\]]+\]\([^)\s]+\))/).map((part) => {
        const link = /^\[([^\]]+)\]\((\/[^/][^)]*|\/|https?:[^)]*)\)$/.exec(part);
        if (link) {
            return h("a", { href: link[2], rel: "noreferrer" }, link[1]);
        }
        if (part.startsWith("**") && part.endsWith("**") && part.length > 4) {
            return h("strong", {}, part.slice(2, -2));
        }
        return part.startsWith("`") && part.endsWith("`") && part.length > 2
            ? h("code", {}, part.slice(1, -1)) : document.createTextNode(part);
    });
}

export class TextPanel implements Renderer {
    readonly element = h("div", { class: "words" });

    constructor(private readonly make: Make) {
        this.update();
    }

    update(): void {
        const source = this.make.title(option(this.make.panel, "content"));
        const blocks = source.split(/\n{2,}/).filter((each) => each.trim() !== "");
        this.element.replaceChildren(...blocks.map((block) => {
            const heading = /^(#{1,6})\s+(.*)$/.exec(block.trim());
            if (heading) {
                return h("h3", {}, ...inline(heading[2]));
            }
            const lines = block.trim().split("\n");
            return lines.every((each) => /^\s*[-*] /.test(each))
                ? h("ul", {}, ...lines.map((each) =>
                    h("li", {}, ...inline(each.replace(/^\s*[-*] /, "")))))
                : h("p", {}, ...inline(lines.join(" ")));
        }));
    }

    redraw(): void {}

    destroy(): void {}
}
