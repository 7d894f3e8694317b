// The page /consumers: who takes WAL from this server, what each holds back, and what else does.

import {
    type Consumer, consumerMetrics, consumersOf, holdersOf, knownOf,
} from "../model/consumers";
import { Samples } from "../model/samples";
import { format, span } from "../model/units";
import { h, setText } from "./dom";
import { cell, Rows } from "./rows";
import type { Context, View } from "./view";

const bytes = (value: number | undefined) => (value === undefined ? "–" : format(value, "bytes"));
const lasting = (value: number | undefined) => (value === undefined ? "–" : span(value));

export class ConsumersView implements View {
    private readonly consumers = new Rows("Consumers", [
        { title: "Consumer" }, { title: "State" }, { title: "Holds back", numeric: true },
        { title: "Frees alone", numeric: true }, { title: "Behind", numeric: true },
        { title: "Replay lag", numeric: true }, { title: "Last progress", numeric: true },
        { title: "Room until lost", numeric: true }, { title: "Owner" }, { title: "Policy" },
    ], "No slot and no standby takes WAL from this server.");
    private readonly holders = new Rows("Holders of WAL", [
        { title: "Holder" }, { title: "Name" }, { title: "Holds back", numeric: true },
        { title: "Frees alone", numeric: true }, { title: "" },
    ], "Nothing is known of what holds WAL back.");
    private readonly sum = h("p", { class: "muted" });
    private readonly old = h("p", { class: "bad-text", role: "status", hidden: true });
    readonly element = h("div", { class: "plain" },
        h("section", { class: "card" }, h("h2", {}, "Consumers"), this.old, this.sum,
            this.consumers.element,
            h("p", { class: "muted" }, "The inventory with owner and policy is the table ",
                h("code", {}, "opsmon.consumers"), "; look: ",
                h("code", {}, "SELECT * FROM opsmon.consumer_status;"))),
        h("section", { class: "card" }, h("h2", {}, "What holds WAL back"),
            this.holders.element));

    constructor(private readonly context: Context) {}

    private row(one: Consumer, now: number): HTMLElement {
        const level = one.lost || one.active === false ? "bad" : "ok";
        const away = one.inactive ?? (one.since === undefined ? undefined : now - one.since);
        const state = away === undefined ? one.state : `${one.state} for ${span(away)}`;
        return h("tr", {},
            h("td", {}, h("strong", {}, one.name), " ",
                h("span", { class: "muted" }, [one.kind, one.client].filter(Boolean).join(", ")),
                one.next ? h("span", {
                    class: "mark warn", title: "The guard would take this one first",
                }, "first to be taken") : null),
            h("td", {}, h("span", { class: `mark ${level}` }, state)),
            cell(bytes(one.held), true), cell(bytes(one.frees), true), cell(bytes(one.lag), true),
            cell(one.replay === undefined ? "–" : format(one.replay, "s"), true),
            cell(one.progress === undefined ? "–" : `${lasting(now - one.progress)} ago`, true),
            cell(bytes(one.safe), true), one.unowned
                ? h("td", {}, h("span", {
                    class: "mark warn", title: "Nobody has said whose it is: opsmon.consumers",
                }, "nobody"))
                : cell(one.owner || "–"),
            cell(one.policy || "–"));
    }

    async refresh(): Promise<void> {
        const { api } = this.context;
        let samples = new Samples(await api.query(consumerMetrics));
        const now = api.now() / 1000;
        const all = knownOf(samples, now);
        if (!all.known && all.at !== undefined) {
            samples = new Samples(await api.query(consumerMetrics, all.at));
        }
        this.old.hidden = all.known;
        setText(this.old, all.known ? "" : all.text);
        this.consumers.whenEmpty = all.known
            ? "No slot and no standby takes WAL from this server." : "Nobody is known.";
        const consumers = consumersOf(samples);
        const held = samples.value("postgresql_wal_held_bytes");
        const free = samples.value("postgresql_volume_free_bytes", { volume: "wal" });
        const full = samples.value("postgresql_volume_full_in_seconds", { volume: "wal" });
        setText(this.sum, [
            held === undefined ? "" : `${bytes(held)} of WAL are held back`,
            free === undefined ? "" : `the WAL volume has ${bytes(free)} free`,
            full === undefined ? "" : `it is full in ${span(full)}`,
        ].filter(Boolean).join("; "));
        this.consumers.draw(consumers, [consumers, all, Math.floor(now)],
            (each) => this.row(each, now));
        const holders = holdersOf(samples);
        const most = holders[0]?.held ?? 0;
        this.holders.draw(holders, holders, (each) => h("tr", {},
            cell(each.holder), cell(each.name || "–"), cell(bytes(each.held), true),
            cell(bytes(each.frees), true),
            h("td", { class: "wide" }, h("span", { class: "bar-track" }, h("span", {
                class: "bar-fill accent",
                style: { width: `${most > 0 ? (each.held / most) * 100 : 0}%` },
            })))));
    }

    destroy(): void {}
}
