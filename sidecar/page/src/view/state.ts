// What the person has chosen: time range, refresh, variables. It stands in the page's address, so
// that a link shows the same; the refresh is remembered. Views listen for changes.

import { describe, durationMs, type Range } from "../model/time";

const refreshKey = "opsmon-refresh";

export class State {
    range: Range = { from: "now-1h", to: "now" };
    refreshMs = 5000; // 0: off
    variables = new Map<string, string[]>();
    expr = ""; // of the page /graph
    private given = false; // whether the address named a range
    private readonly listeners = new Set<() => void>();

    constructor() {
        const query = new URLSearchParams(location.search);
        if (query.has("from")) {
            this.range = { from: query.get("from") ?? "now-1h", to: query.get("to") ?? "now" };
            this.given = true;
        }
        // As Prometheus' page writes it.
        this.expr = query.get("g0.expr") ?? "";
        const reach = query.get("g0.range_input") ?? "";
        if (!this.given && durationMs(reach) !== undefined) {
            this.range = { from: `now-${reach}`, to: "now" };
            this.given = true;
        }
        for (const name of new Set(query.keys())) {
            if (name.startsWith("var-")) {
                this.variables.set(name.slice(4), query.getAll(name));
            }
        }
        try {
            const kept = localStorage.getItem(refreshKey);
            this.refreshMs = kept === null ? this.refreshMs : Number(kept) || 0;
        } catch {
            // Nothing is kept here.
        }
    }

    onChange(listener: () => void): () => void {
        this.listeners.add(listener);
        return () => this.listeners.delete(listener);
    }

    // What the dashboard's file says counts as long as the address does not.
    suggest(range: Range): void {
        if (!this.given) {
            this.range = range;
            this.listeners.forEach((each) => each());
        }
    }

    setRange(range: Range): void {
        this.range = range;
        this.given = true;
        this.write();
    }

    setVariable(name: string, values: string[]): void {
        this.variables.set(name, values);
        this.write();
    }

    setExpr(expr: string): void {
        this.expr = expr;
        this.write();
    }

    setRefresh(written: string): void {
        this.refreshMs = durationMs(written) ?? 0;
        try {
            localStorage.setItem(refreshKey, String(this.refreshMs));
        } catch {
            // Nothing is kept here.
        }
        this.listeners.forEach((each) => each());
    }

    search(page = location.pathname): string {
        const query = new URLSearchParams();
        if (page === "/graph" && this.expr !== "") {
            query.set("g0.expr", this.expr);
        }
        if (this.given) {
            query.set("from", this.range.from);
            query.set("to", this.range.to);
        }
        for (const [name, values] of this.variables) {
            values.forEach((value) => query.append(`var-${name}`, value));
        }
        const written = query.toString();
        return written === "" ? "" : `?${written}`;
    }

    describeRange(): string {
        return describe(this.range);
    }

    private write(): void {
        history.replaceState(null, "", location.pathname + this.search());
        this.listeners.forEach((each) => each());
    }
}
