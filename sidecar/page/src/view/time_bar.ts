// The controls at the right of the bar: time range, refresh, theme.

import { writeDuration } from "../model/time";
import { button, h, select } from "./dom";
import * as theme from "./theme";
import type { Context } from "./view";

const ranges = ["5m", "15m", "30m", "1h", "3h", "6h", "24h", "7d", "30d"];
const refreshes: [string, string][] = [
    ["0", "off"], ["1s", "1s"], ["5s", "5s"], ["10s", "10s"], ["1m", "1m"],
];
const themes: [theme.Choice, string][] = [
    ["system", "◐ System"], ["dark", "● Dark"], ["light", "○ Light"],
];

export function timeBar(context: Context): HTMLElement {
    const { state } = context;
    const range = h("select", { "aria-label": "Time range", title: "Time range", class: "range" });
    const back = button("Back to the range before", () => state.unzoom(), { class: "back" }, "✕");
    const draw = () => {
        const known = state.range.to === "now"
            && ranges.some((each) => state.range.from === `now-${each}`);
        const options = ranges.map((each) => h("option", { value: each }, `Last ${each}`));
        if (!known) {
            options.push(h("option", { value: "" }, state.describeRange()));
        }
        range.replaceChildren(...options);
        range.value = known ? state.range.from.slice("now-".length) : "";
        back.hidden = known;
    };
    range.addEventListener("change", () => {
        if (range.value !== "") {
            state.setRange({ from: `now-${range.value}`, to: "now" });
        }
    });
    let shown = "";
    state.onChange(() => {
        const next = JSON.stringify(state.range);
        if (next !== shown) {
            shown = next;
            draw();
        }
    });
    draw();
    const current = state.refreshMs === 0 ? "0" : writeDuration(state.refreshMs);
    const refused = h("span", {
        class: "bad-text", role: "alert", hidden: state.refused === "",
    }, `The address asks for ${state.refused.slice(0, 60)}, which is no range`);
    state.onChange(() => { refused.hidden = state.refused === ""; });
    return h("div", { class: "controls", role: "group", "aria-label": "Time and look" },
        refused, range, back,
        select("Refresh", refreshes.map(([value, text]) => [value, `↻ ${text}`]), current,
            (value) => state.setRefresh(value)),
        button("Refresh now", () => context.refreshNow(), { class: "now" }, "↻"),
        select("Theme", themes, theme.chosen(), (value) => theme.choose(value as theme.Choice)));
}
