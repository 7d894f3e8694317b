// The verdict: how things stand, in one line, the worst first. The head of every page shows it. It
// knows only what it is given: samples, alerts and the time.

import { type Alert, rank } from "./alerts";
import { absentees } from "./absentees";
import type { Samples } from "./samples";
import type { Labels } from "./series";
import { format, span } from "./units";

export type Level = "ok" | "warn" | "bad" | "unknown";

export interface Verdict {
    level: Level;
    title: string;
    details: string[];
}

export interface Finding {
    level: "warn" | "bad";
    weight: number; // the larger, the sooner a person has to know
    text: string;
    tells?: string; // the alert that would say the same once more, as toldBy() names it
}

const rungs = ["calm", "watch", "relieve", "evict", "fence", "rescue"];
const rungAlerts = ["", "GuardWatch", "GuardRelieve", "GuardEvict", "GuardFence", "GuardFence"];
const hour = 3600;
const oldAfter = 120; // seconds: sources are read every few of them
const bytes = (value: number) => format(value, "bytes");

export const verdictMetrics = "{__name__=~\"postgresql_up|postgresql_in_recovery"
    + "|postgresql_volume_(full_in_seconds|free_bytes|size_bytes)|postgresql_wal_volume_full"
    + "|postgresql_slot_(active|lost|retained_bytes|inactive_seconds"
    + "|inactive_since_timestamp_seconds"
    + "|last_progress_timestamp_seconds|last_active_timestamp_seconds|wal_since_progress_bytes)"
    + "|postgresql_consumer_(state|expected|gone_since_timestamp_seconds)"
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
                tells: `${rungAlerts[value]}/${labels.volume}`,
            });
        }
    }
    if (samples.value("postgresql_guard_suspended") === 1) {
        out.push({ level: "warn", weight: 15, text: "The guard is suspended by hand" });
    }
}

function sources(samples: Samples, now: number, out: Finding[]): void {
    const down = samples.value("postgresql_up") === 0;
    if (down) {
        out.push({
            level: "bad", weight: 100, text: "PostgreSQL does not answer", tells: "PostgreSQLDown/",
        });
    }
    for (const { labels, value } of samples.all("service_health_status")) {
        if (value === 0) {
            out.push({
                level: "bad", weight: 70,
                text: `Service ${labels.service} is not healthy`,
                tells: `ServiceDown/${labels.service}`,
            });
        }
    }
    for (const { labels, value } of samples.all("network_attack_suspected")) {
        if (value === 1) {
            out.push({
                level: "warn", weight: 45,
                text: `An attack is suspected: ${labels.reason}`,
                tells: `NetworkAttackSuspected/${labels.reason}`,
            });
        }
    }
    for (const { labels, value } of samples.all("opsmon_collector_success")) {
        // While the server is down one of those that ask it speaks for all.
        const spokenFor = down && /^(postgresql_|slony$)/.test(labels.collector ?? "");
        if (value === 0 && !spokenFor) {
            const last = samples.value("opsmon_collector_last_success_timestamp_seconds",
                { collector: labels.collector });
            const old = last === undefined || last === 0 ? "it never has"
                : `its data are ${span(now - last)} old`;
            out.push({
                level: "warn", weight: 20,
                text: `The collector ${labels.collector} does not succeed: ${old}`,
                tells: `OpsmonCollectorFailing/${labels.collector}`,
            });
        }
    }
}

// What an alert of opsmon's own is about; others have no finding that says the same.
const subjects: Record<string, string> = {
    PostgreSQLDown: "", ServiceDown: "service", NetworkAttackSuspected: "reason",
    OpsmonCollectorFailing: "collector", ReplicationConsumerVanished: "slot_name",
    ReplicationConsumerStalled: "slot_name", ReplicationSlotLost: "slot_name",
    ReplicationConsumerGone: "name", GuardWatch: "volume", GuardRelieve: "volume",
    GuardEvict: "volume", GuardFence: "volume",
};

const toldBy = (alert: Alert) => `${alert.name}/${alert.labels[subjects[alert.name] ?? ""] ?? ""}`;

function alerting(alerts: Alert[], out: Finding[]): void {
    const told = new Map(out.map((each) => [each.tells, each.level]));
    for (const alert of alerts) {
        if (alert.state === "firing" && rank(alert.severity) <= 2) {
            const level = rank(alert.severity) < 2 ? "bad" : "warn";
            const already = told.get(toldBy(alert));
            if (already === level || already === "bad") {
                continue;
            }
            out.push({
                level,
                weight: level === "bad" ? 40 : 10,
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

// Well, and worth a word all the same: nobody has a copy. Only where all is known that would show
// one.
function nobody(samples: Samples): string[] {
    const known = ["postgresql_guard", "postgresql_sampler"].every((collector) =>
        samples.value("opsmon_collector_success", { collector }) === 1);
    return known && samples.value("postgresql_in_recovery") === 0
        && samples.all("postgresql_slot_active").length === 0
        && samples.all("postgresql_replication_lag_bytes").length === 0
        ? ["Nobody takes WAL from this server: there is no standby, and no slot"] : [];
}

function verdictOf(findings: Finding[]): Verdict {
    findings.sort((a, b) => b.weight - a.weight);
    return {
        level: findings.some((each) => each.level === "bad") ? "bad" : "warn",
        title: findings[0].text,
        details: findings.slice(1).map((each) => each.text),
    };
}

// `now` in seconds. `alerts` are absent when nobody could say which there are; `why` tells that.
export function judge(samples: Samples, alerts: Alert[] | undefined, now: number,
    why = ""): Verdict {
    const findings: Finding[] = [];
    age(samples, now, findings);
    sources(samples, now, findings);
    volumes(samples, now, findings);
    guard(samples, now, findings);
    absentees(samples, alerts ?? [], now, findings);
    alerting(alerts ?? [], findings);
    if (!alerts) {
        findings.push({ level: "warn", weight: 1, text: `Which alerts fire is not known: ${why}` });
    }
    if (findings.length > 0) {
        return verdictOf(findings);
    }
    if (samples.all("opsmon_collector_success").length === 0) {
        return { level: "unknown", title: "Nothing is known yet", details: [] };
    }
    return { level: "ok", title: wellText(samples), details: nobody(samples) };
}

// When the samples were refused: what is critical is known all the same, and that is all.
export function judgeAlerts(alerts: Alert[], why: string): Verdict {
    const findings: Finding[] = [];
    alerting(alerts, findings);
    const unknown = `The verdict is not known: ${why}`;
    if (findings.some((each) => each.level === "bad")) {
        const { title, details } = verdictOf(findings);
        return { level: "bad", title, details: [...details, unknown] };
    }
    return { level: "unknown", title: unknown, details: findings.map((each) => each.text) };
}

// Before the name of a tab, whose colours nobody sees.
export function markOf(level: Level | "dead"): string {
    return { ok: "", warn: "● ", bad: "▲ ", unknown: "? ", dead: "? " }[level];
}
