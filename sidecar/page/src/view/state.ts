// What the person has chosen: time range, refresh, variables. It stands in the page's address, so
// that a link shows the same; the refresh is remembered. Views listen for changes.

import { describe, durationMs, isLive, isRange, type Range } from "../model/time";

const refreshKey = "opsmon-refresh";

const usual: Range = { from: "now-1h", to: "now" };

export class State {
    range: Range = usual;
    refreshMs = 5000; // 0: off
    variables = new Map<string, string[]>();
    expr = ""; // of the page /graph
    refused = ""; // the range in the address that is none
    private chosen: Range = usual; // before zooming
    private suggested: Range = usual;
    private given = false; // whether the address named a range
    private readonly listeners = new Set<() => void>();

    constructor() {
        this.readAddress();
        for (const [name, values] of this.readVariables()) {
            this.variables.set(name, values);
        }
        try {
            const kept = localStorage.getItem(refreshKey);
            this.refreshMs = kept === null ? this.refreshMs : Number(kept) || 0;
        } catch {
            // Nothing is kept here.
        }
    }

    private readVariables(): [string, string[]][] {
        const query = new URLSearchParams(location.search);
        return [...new Set(query.keys())].filter((name) => name.startsWith("var-"))
            .map((name) => [name.slice(4), query.getAll(name)]);
    }

    private readAddress(): void {
        const query = new URLSearchParams(location.search);
        const reach = query.get("g0.range_input") ?? ""; // as Prometheus' page writes it
        this.expr = query.get("g0.expr") ?? this.expr;
        this.given = query.has("from") || durationMs(reach) !== undefined;
        const wanted = query.has("from")
            ? { from: query.get("from") ?? "", to: query.get("to") ?? "now" }
            : this.given ? { from: `now-${reach}`, to: "now" } : this.suggested;
        const { before } = (history.state ?? {}) as { before?: Range };
        this.refused = isRange(wanted) ? "" : `${wanted.from} to ${wanted.to}`;
        this.given &&= this.refused === "";
        this.range = this.refused === "" ? wanted : this.suggested;
        // A link may lead into the past: what was there before it is not known.
        this.chosen = before ?? (isLive(this.range) ? this.range : this.suggested);
    }

    // Somebody has gone back or forth: the range is another one, what was chosen else stays.
    returned(): void {
        this.readAddress();
        this.write();
    }

    onChange(listener: () => void): () => void {
        this.listeners.add(listener);
        return () => this.listeners.delete(listener);
    }

    // What the dashboard's file says counts as long as the address does not.
    suggest(range: Range): void {
        this.suggested = range;
        if (!this.given) {
            this.range = range;
            this.chosen = range;
            this.listeners.forEach((each) => each());
        }
    }

    setRange(range: Range): void {
        this.range = range;
        this.chosen = range;
        this.given = true;
        this.refused = "";
        this.write();
    }

    // An entry of its own in the browser's history, so that going back undoes it.
    zoom(range: Range): void {
        this.range = range;
        this.given = true;
        this.refused = "";
        history.pushState({ before: this.chosen }, "", location.pathname + this.search());
        this.write();
    }

    unzoom(): void {
        this.setRange(this.chosen);
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
        history.replaceState({ before: this.chosen }, "", location.pathname + this.search());
        this.listeners.forEach((each) => each());
    }
}
