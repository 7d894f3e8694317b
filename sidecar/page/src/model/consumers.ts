// Who takes WAL and who holds it, one row each, from the metrics of slots, standbys and holders.
// The page on consumers shows it.

import type { Samples } from "./samples";
import { span } from "./units";

export interface Consumer {
    name: string; // of the slot, or of a standby without one
    kind: string;
    state: string;
    active: boolean | undefined;
    held: number | undefined; // bytes of WAL it keeps from being removed
    frees: number | undefined; // bytes that come free if it alone is gone
    lag: number | undefined; // bytes not replayed yet
    replay: number | undefined; // seconds
    progress: number | undefined; // Unix time
    inactive: number | undefined; // seconds without a consumer
    safe: number | undefined; // bytes that can still be written before it is lost
    client: string;
    owner: string;
    policy: string;
    unowned: boolean; // nobody has said whose it is
    since: number | undefined; // Unix time, of those that are gone
    next: boolean; // the guard would take it first
    lost: boolean;
}

function standbys(samples: Samples): Map<string, Partial<Consumer>> {
    const out = new Map<string, Partial<Consumer>>();
    for (const { labels } of samples.all("postgresql_replication_info")) {
        const by = { slave: labels.slave };
        out.set(labels.slot_name || `standby ${labels.consumer || labels.slave}`, {
            state: [labels.state, labels.sync_state].filter(Boolean).join(", "),
            client: [labels.application_name, labels.slave]
                .filter((each, i, all) => each && all.indexOf(each) === i).join(" "),
            lag: samples.value("postgresql_replication_lag_bytes", by),
            replay: samples.value("postgresql_replication_replay_lag_seconds", by),
            ...declared(samples, labels.slot_name ? undefined : rowOfStandby(samples,
                labels.application_name ?? "", labels.slave ?? "")),
        });
    }
    return out;
}

interface Declared {
    owner: string;
    policy: string;
    unowned: boolean;
}

type Row = { labels: Record<string, string> };

// What the inventory says of one; a standby's name there is `application user@address`.
function declared(samples: Samples, row: Row | undefined): Declared {
    if (!row) {
        return { owner: "", policy: "", unowned: false };
    }
    const { kind, name, owner, policy } = row.labels;
    return {
        owner: owner ?? "",
        policy: policy ?? "",
        unowned: samples.value("postgresql_consumer_unowned",
            { kind: kind ?? "", name: name ?? "" }) === 1,
    };
}

function inventory(samples: Samples, kind: string): Row[] {
    return samples.all("postgresql_consumer_info").filter(({ labels }) => labels.kind === kind);
}

// `slave` is the address, with the name behind it where two share one; no address is a unix socket.
function rowOfStandby(samples: Samples, application: string, slave: string): Row | undefined {
    const rows = inventory(samples, "standby")
        .filter(({ labels }) => labels.application_name === application);
    const address = slave.split("/")[0];
    return rows.find(({ labels }) => labels.name?.endsWith(`@${address}`))
        ?? rows.find(({ labels }) => labels.name?.endsWith("@local") && slave === application);
}

// Who was here and is not any more: nothing else on the page would know.
function gone(samples: Samples, shown: Set<string>): Consumer[] {
    return samples.all("postgresql_consumer_state")
        .filter(({ labels }) => (labels.state === "vanished" || labels.state === "dropped")
            && !(labels.kind === "slot" && shown.has(labels.name ?? "")))
        .map(({ labels }): Consumer => {
            const by = { kind: labels.kind ?? "", name: labels.name ?? "" };
            return {
                name: by.name, kind: by.kind === "standby" ? "standby without a slot" : by.kind,
                state: labels.state ?? "", active: false, held: undefined, frees: undefined,
                lag: undefined, replay: undefined, inactive: undefined, safe: undefined,
                progress: samples.value("postgresql_consumer_last_seen_timestamp_seconds", by),
                client: "", next: false, lost: false,
                since: samples.value("postgresql_consumer_gone_since_timestamp_seconds", by),
                ...declared(samples, inventory(samples, by.kind)
                    .find((row) => row.labels.name === by.name)),
            };
        });
}

export function consumersOf(samples: Samples): Consumer[] {
    const connected = standbys(samples);
    const slots = samples.all("postgresql_slot_active");
    const out = slots.map(({ labels, value }): Consumer => {
        const by = { slot_name: labels.slot_name };
        const holder = { holder: "slot", name: labels.slot_name };
        const standby = connected.get(labels.slot_name) ?? {};
        connected.delete(labels.slot_name);
        const lost = samples.value("postgresql_slot_lost", by) === 1;
        return {
            name: labels.slot_name,
            kind: `${labels.slot_type} slot`,
            state: lost ? "lost" : standby.state ?? (value === 1 ? "connected" : "nobody there"),
            active: value === 1,
            held: samples.value("postgresql_slot_retained_bytes", by),
            frees: samples.value("postgresql_wal_holder_marginal_bytes", holder),
            lag: standby.lag,
            replay: standby.replay,
            progress: samples.value("postgresql_slot_last_progress_timestamp_seconds", by),
            inactive: samples.value("postgresql_slot_inactive_seconds", by),
            safe: samples.value("postgresql_slot_safe_wal_bytes", by),
            client: standby.client ?? "",
            ...declared(samples, inventory(samples, "slot")
                .find((row) => row.labels.name === labels.slot_name)),
            since: undefined,
            next: samples.value("postgresql_guard_next_victim_bytes", by) !== undefined,
            lost,
        };
    });
    for (const [name, standby] of connected) {
        out.push({
            name: name.replace(/^standby /, ""), kind: "standby without a slot", state: "",
            active: true, held: undefined, frees: undefined, lag: undefined, replay: undefined,
            progress: undefined, inactive: undefined, safe: undefined, client: "",
            owner: "", policy: "", unowned: false, since: undefined, next: false, lost: false,
            ...standby,
        });
    }
    out.push(...gone(samples, new Set(slots.map(({ labels }) => labels.slot_name ?? ""))));
    return out.sort((a, b) => (b.held ?? -1) - (a.held ?? -1) || a.name.localeCompare(b.name));
}

export type Known =
    | { known: true }
    | { known: false; at: number | undefined; text: string }; // Unix time of what was known last

const sources: Record<string, string> = {
    postgresql_guard: "slots", postgresql_sampler: "standbys",
    postgresql_consumers: "the inventory",
};

// Whether what there is of consumers is all there is: a source that is silent makes nobody absent.
export function knownOf(samples: Samples, now: number): Known {
    const silent = Object.keys(sources).filter((collector) =>
        samples.value("opsmon_collector_success", { collector }) !== 1);
    const down = samples.value("postgresql_up") === 0;
    if (silent.length === 0 && !down) {
        return { known: true };
    }
    const last = (down ? Object.keys(sources) : silent).map((collector) =>
        samples.value("opsmon_collector_last_success_timestamp_seconds", { collector }) ?? 0);
    const at = Math.min(...last);
    const what = down ? "PostgreSQL does not answer"
        : `Nobody tells of ${silent.map((each) => sources[each]).join(", ")}`;
    return {
        known: false, at: at > 0 ? at : undefined,
        text: at > 0 ? `${what}: what is shown here is ${span(now - at)} old`
            : `${what}, and has not since the sidecar started: who takes WAL is not known`,
    };
}

export interface Holder {
    holder: string;
    name: string;
    held: number;
    frees: number | undefined;
}

export function holdersOf(samples: Samples): Holder[] {
    return samples.all("postgresql_wal_holder_bytes")
        .map(({ labels, value }) => ({
            holder: labels.holder ?? "",
            name: labels.name ?? "",
            held: value,
            frees: samples.value("postgresql_wal_holder_marginal_bytes",
                { holder: labels.holder ?? "", name: labels.name ?? "" }),
        }))
        .sort((a, b) => b.held - a.held);
}

export const consumerMetrics = "{__name__=~\"postgresql_slot_.+|postgresql_replication_.+"
    + "|postgresql_wal_(holder.*|held_bytes)|postgresql_consumer_.+"
    + "|postgresql_up|opsmon_collector_(success|last_success_timestamp_seconds)"
    + "|postgresql_guard_(next_victim_bytes|mode)|postgresql_volume_.+\"}";
