// The page /targets: the sidecar's collectors, and the sidecar itself.

import { Samples } from "../model/samples";
import { collectorsOf, readErrors, targetMetrics } from "../model/targets";
import { format, span } from "../model/units";
import { h } from "./dom";
import { cell, Rows } from "./rows";
import type { Context, View } from "./view";

const elsewhere: [string, string][] = [
    ["/metrics", "metrics, for Prometheus"], ["/sd", "targets, for Prometheus' http_sd"],
    ["/api/v1/top_talkers", "top talkers"], ["/api/v1/probes", "the last probes"],
    ["/api/v1/requests", "requests, by access logs"], ["/api/v1/collectors", "collectors"],
    ["/dashboard.json", "the dashboard's file"],
    ["/-/healthy", "healthy?"], ["/-/ready", "ready?"],
];

export class TargetsView implements View {
    private readonly collectors = new Rows("Collectors", [
        { title: "Collector" }, { title: "State" }, { title: "Duration", numeric: true },
        { title: "Last success", numeric: true }, { title: "Why" },
    ], "No collector has reported yet.");
    private readonly self = new Rows("The sidecar",
        [{ title: "What" }, { title: "Value", numeric: true }], "Nothing is known of it.");
    readonly element = h("div", { class: "plain" },
        h("section", { class: "card" }, h("h2", {}, "Collectors"), this.collectors.element),
        h("section", { class: "card" }, h("h2", {}, "The sidecar"), this.self.element),
        h("section", { class: "card" }, h("h2", {}, "Elsewhere"),
            h("ul", {}, ...elsewhere.map(([path, what]) =>
                h("li", {}, h("a", { href: path, "data-outside": true }, path), ` ${what}`)))));

    constructor(private readonly context: Context) {}

    async refresh(): Promise<void> {
        const samples = new Samples(await this.context.api.query(targetMetrics));
        const now = this.context.api.now() / 1000;
        const errors = readErrors(await this.context.api.document("/api/v1/collectors"));
        const collectors = collectorsOf(samples, now, errors);
        this.collectors.draw(collectors, collectors, (each) => h("tr", {},
            cell(h("strong", {}, each.name)),
            h("td", {}, h("span", { class: `mark ${each.success ? "ok" : "bad"}` },
                each.success ? "succeeds" : "fails")),
            cell(each.duration === undefined ? "–" : format(each.duration, "s"), true),
            cell(each.age === undefined ? "never" : `${span(each.age)} ago`, true),
            cell(each.why)));
        const facts = this.facts(samples, now);
        this.self.draw(facts, facts, ([what, value]) => h("tr", {}, cell(what), cell(value, true)));
    }

    private facts(samples: Samples, now: number): [string, string][] {
        const out: [string, string][] = [];
        const add = (what: string, name: string, write: (value: number) => string) => {
            const value = samples.value(name);
            if (value !== undefined) {
                out.push([what, write(value)]);
            }
        };
        const version = samples.all("opsmon_build_info")[0]?.labels.version;
        if (version) {
            out.push(["Version", version]);
        }
        add("Up for", "process_start_time_seconds", (value) => span(now - value));
        add("Memory", "process_resident_memory_bytes", (value) => format(value, "bytes"));
        add("Series in the history", "opsmon_history_series", String);
        add("Memory of the history", "opsmon_history_bytes", (value) => format(value, "bytes"));
        add("History reaches back", "opsmon_history_reach_seconds", span);
        add("Messages that wait", "opsmon_notification_queue_length", String);
        add("Configuration as last read", "opsmon_config_last_reload_successful",
            (value) => (value === 1 ? "valid" : "not valid; the one before is in use"));
        add("State is kept", "opsmon_store_up", (value) => (value === 1 ? "yes" : "no"));
        return out;
    }

    destroy(): void {}
}
