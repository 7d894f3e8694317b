// Who takes WAL and who holds it, one row each, from the metrics of slots, standbys and holders.
// The page on consumers shows it.

import type { Samples } from "./samples";

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
        });
    }
    return out;
}

// Owner and policy stand wherever a metric of the slot has them as labels.
function declared(samples: Samples, name: string): { owner: string; policy: string } {
    for (const metric of ["postgresql_consumer_info", "postgresql_slot_active"]) {
        for (const { labels } of samples.all(metric)) {
            const who = labels.slot_name ?? labels.consumer ?? labels.name;
            if (who === name && (labels.owner || labels.policy)) {
                return { owner: labels.owner ?? "", policy: labels.policy ?? "" };
            }
        }
    }
    return { owner: "", policy: "" };
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
            ...declared(samples, labels.slot_name),
            next: samples.value("postgresql_guard_next_victim_bytes", by) !== undefined,
            lost,
        };
    });
    for (const [name, standby] of connected) {
        out.push({
            name: name.replace(/^standby /, ""), kind: "standby without a slot", state: "",
            active: true, held: undefined, frees: undefined, lag: undefined, replay: undefined,
            progress: undefined, inactive: undefined, safe: undefined, client: "",
            ...declared(samples, name), next: false, lost: false, ...standby,
        });
    }
    return out.sort((a, b) => (b.held ?? -1) - (a.held ?? -1) || a.name.localeCompare(b.name));
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
    + "|postgresql_guard_(next_victim_bytes|mode)|postgresql_volume_.+\"}";
