// The verdict: how things stand, in one line, the worst first. The head of every page shows it. It
// knows only what it is given: samples, alerts and the time.

import { type Alert, rank } from "./alerts";
import type { Samples } from "./samples";
import type { Labels } from "./series";
import { format, span } from "./units";

export type Level = "ok" | "warn" | "bad" | "unknown";

export interface Verdict {
    level: Level;
    title: string;
    details: string[];
}

interface Finding {
    level: "warn" | "bad";
    weight: number; // the larger, the sooner a person has to know
    text: string;
}

const rungs = ["calm", "watch", "relieve", "evict", "fence", "rescue"];
const hour = 3600;
const oldAfter = 120; // seconds: sources are read every few of them
const bytes = (value: number) => format(value, "bytes");

export const verdictMetrics = "{__name__=~\"postgresql_up|postgresql_in_recovery"
    + "|postgresql_volume_(full_in_seconds|free_bytes|size_bytes)|postgresql_wal_volume_full"
    + "|postgresql_slot_(active|lost|retained_bytes|inactive_seconds"
    + "|last_progress_timestamp_seconds|last_active_timestamp_seconds|wal_since_progress_bytes)"
    + "|postgresql_guard_(rung|fence|fence_since_timestamp_seconds|suspended)"
    + "|postgresql_replication_lag_bytes"
    + "|service_health_status|network_attack_suspected"
    + "|opsmon_collector_(success|last_success_timestamp_seconds)\"}";

const volumeName = (labels: Labels) => (labels.volume === "wal" ? "WAL" : labels.volume ?? "");

function holder(samples: Samples, now: number): string {
    const slots = [...samples.all("postgresql_slot_retained_bytes")]
        .sort((a, b) => b.value - a.value);
    if (slots.length === 0 || slots[0].value <= 0) {
        return "";
    }
    const { slot_name: name = "" } = slots[0].labels;
    const progress = samples.value("postgresql_slot_last_progress_timestamp_seconds",
        { slot_name: name });
    const since = progress === undefined ? "" : `, last progress ${span(now - progress)} ago`;
    return `; ${bytes(slots[0].value)} held by slot ${name}${since}`;
}

function volumes(samples: Samples, now: number, out: Finding[]): void {
    for (const { labels, value } of samples.all("postgresql_volume_full_in_seconds")) {
        const name = volumeName(labels);
        const held = labels.volume === "wal" ? holder(samples, now) : "";
        if (value < 24 * hour) {
            out.push({
                level: value < 4 * hour ? "bad" : "warn",
                weight: value < 4 * hour ? 80 : 30,
                text: value <= 0 ? `${name} volume is full${held}`
                    : `${name} volume full in ${span(value)}${held}`,
            });
        }
    }
    if (samples.value("postgresql_wal_volume_full") === 1) {
        out.push({ level: "bad", weight: 95, text: `WAL volume is full${holder(samples, now)}` });
    }
}

function guard(samples: Samples, now: number, out: Finding[]): void {
    const fence = samples.value("postgresql_guard_fence") ?? 0;
    if (fence > 0) {
        const since = samples.value("postgresql_guard_fence_since_timestamp_seconds");
        const lasts = since === undefined ? "" : ` for ${span(now - since)}`;
        const what = fence >= 2 ? "every statement" : "statements that write";
        out.push({ level: "bad", weight: 90, text: `The fence stops ${what}${lasts}` });
    }
    for (const { labels, value } of samples.all("postgresql_guard_rung")) {
        if (value >= 1) {
            const bad = value >= 3;
            out.push({
                level: bad ? "bad" : "warn",
                weight: (bad ? 60 : 25) + value,
                text: `The guard stands at rung ${value} (${rungs[value] ?? "?"}) `
                    + `for the ${volumeName(labels)} volume`,
            });
        }
    }
    if (samples.value("postgresql_guard_suspended") === 1) {
        out.push({ level: "warn", weight: 15, text: "The guard is suspended by hand" });
    }
}

function slots(samples: Samples, out: Finding[]): void {
    for (const { labels, value } of samples.all("postgresql_slot_inactive_seconds")) {
        const by = { slot_name: labels.slot_name };
        const left = samples.value("postgresql_slot_last_active_timestamp_seconds", by);
        const since = samples.value("postgresql_slot_wal_since_progress_bytes", by) ?? 0;
        const held = samples.value("postgresql_slot_retained_bytes", by) ?? 0;
        // As the alert ReplicationConsumerVanished: it was there, and WAL is kept for it.
        if (value > 5 && left !== undefined && since > 0) {
            out.push({
                level: "bad",
                weight: 55 + Math.min(4, Math.log10(held + 1) / 4),
                text: `Slot ${labels.slot_name} has had no consumer for ${span(value)} `
                    + `and holds back ${bytes(held)} of WAL`,
            });
        }
    }
    for (const { labels, value } of samples.all("postgresql_slot_lost")) {
        if (value === 1) {
            out.push({
                level: "bad", weight: 50,
                text: `Slot ${labels.slot_name} has lost WAL its consumer needs`,
            });
        }
    }
}

function sources(samples: Samples, now: number, out: Finding[]): void {
    if (samples.value("postgresql_up") === 0) {
        out.push({ level: "bad", weight: 100, text: "PostgreSQL does not answer" });
    }
    for (const { labels, value } of samples.all("service_health_status")) {
        if (value === 0) {
            out.push({
                level: "bad", weight: 70,
                text: `Service ${labels.service} is not healthy`,
            });
        }
    }
    for (const { labels, value } of samples.all("network_attack_suspected")) {
        if (value === 1) {
            out.push({
                level: "warn", weight: 45,
                text: `An attack is suspected: ${labels.reason}`,
            });
        }
    }
    for (const { labels, value } of samples.all("opsmon_collector_success")) {
        if (value === 0) {
            const last = samples.value("opsmon_collector_last_success_timestamp_seconds",
                { collector: labels.collector });
            const old = last === undefined || last === 0 ? "it never has"
                : `its data are ${span(now - last)} old`;
            out.push({
                level: "warn", weight: 20,
                text: `The collector ${labels.collector} does not succeed: ${old}`,
            });
        }
    }
}

function alerting(alerts: Alert[], out: Finding[]): void {
    for (const alert of alerts) {
        if (alert.state === "firing" && rank(alert.severity) <= 2) {
            const bad = rank(alert.severity) < 2;
            out.push({
                level: bad ? "bad" : "warn",
                weight: bad ? 40 : 10,
                text: `${alert.noData ? "No data for an alert that fires: " : ""}${alert.summary}`,
            });
        }
    }
}

function wellText(samples: Samples): string {
    const parts: string[] = [];
    const active = samples.all("postgresql_slot_active").filter((each) => each.value === 1).length;
    if (active > 0) {
        parts.push(`${active} ${active === 1 ? "slot has its consumer" : "slots have consumers"}`);
    }
    const free = samples.value("postgresql_volume_free_bytes", { volume: "wal" });
    if (free !== undefined) {
        parts.push(`WAL volume ${bytes(free)} free`);
    }
    const services = samples.all("service_health_status").length;
    if (services > 0) {
        parts.push(`${services} ${services === 1 ? "service answers" : "services answer"}`);
    }
    return parts.length === 0 ? "All is well" : `All is well: ${parts.join(", ")}`;
}

// The newest that any source brought: when that is old, so is everything here.
function age(samples: Samples, now: number, out: Finding[]): void {
    const newest = samples.all("opsmon_collector_last_success_timestamp_seconds")
        .reduce((most, each) => Math.max(most, each.value), 0);
    if (newest > 0 && now - newest > oldAfter) {
        out.push({
            level: "bad", weight: 110,
            text: `No source has brought anything for ${span(now - newest)}: `
                + "what you see is that old",
        });
    }
}

// `now` in seconds.
export function judge(samples: Samples, alerts: Alert[], now: number): Verdict {
    const findings: Finding[] = [];
    age(samples, now, findings);
    sources(samples, now, findings);
    volumes(samples, now, findings);
    guard(samples, now, findings);
    slots(samples, findings);
    alerting(alerts, findings);
    findings.sort((a, b) => b.weight - a.weight);
    if (findings.length > 0) {
        return {
            level: findings.some((each) => each.level === "bad") ? "bad" : "warn",
            title: findings[0].text,
            details: findings.slice(1).map((each) => each.text),
        };
    }
    if (samples.all("opsmon_collector_success").length === 0) {
        return { level: "unknown", title: "Nothing is known yet", details: [] };
    }
    return { level: "ok", title: wellText(samples), details: [] };
}
