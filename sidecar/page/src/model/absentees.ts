// Who is missing: slots whose consumer has left or never came, slots that are lost, and consumers
// that people expect. Part of the verdict. It judges as the alert ReplicationConsumerVanished does.

import type { Alert } from "./alerts";
import type { Samples } from "./samples";
import type { Sample } from "./series";
import { format, span } from "./units";
import type { Finding } from "./verdict";

const bytes = (value: number) => format(value, "bytes");
const reconnects = 5; // seconds
const patience = 30; // seconds, after a start of the server

interface Slot {
    name: string;
    away: number; // seconds
    held: number;
    expected: number | undefined;
    absence: "left" | "waited for" | "never came";
}

function inventoryState(samples: Samples, name: string): string {
    return samples.all("postgresql_consumer_state")
        .find(({ labels }) => labels.kind === "slot" && labels.name === name)?.labels.state ?? "";
}

// What the guard saw is forgotten at a restart of the server; the inventory goes on knowing it.
function absenceOf(samples: Samples, name: string, away: number,
    fires: boolean): Slot["absence"] {
    const by = { slot_name: name };
    const state = inventoryState(samples, name);
    if (state === "idle") {
        return "never came"; // or it is read by SQL now and then
    }
    if (samples.value("postgresql_slot_last_active_timestamp_seconds", by) !== undefined) {
        const since = samples.value("postgresql_slot_wal_since_progress_bytes", by) ?? 0;
        return since > 0 ? "left" : "never came";
    }
    if (state === "vanished" || (state === "missing" && (fires || away > patience))) {
        return "left";
    }
    return state === "missing" ? "waited for" : "never came";
}

function slotOf(samples: Samples, alerts: Alert[], now: number,
    { labels, value }: Sample): Slot | undefined {
    const name = labels.slot_name ?? "";
    const by = { slot_name: name };
    const progress = samples.value("postgresql_slot_last_progress_timestamp_seconds", by);
    const since = samples.value("postgresql_slot_inactive_since_timestamp_seconds", by);
    const moved = progress !== undefined && since !== undefined && progress > since + 2;
    const held = samples.value("postgresql_slot_retained_bytes", by);
    const fires = alerts.some((each) => each.name === "ReplicationConsumerVanished"
        && each.state === "firing" && each.labels.slot_name === name);
    const copied = /^pg_\d+_sync_\d+_\d+$/.test(name)
        && inventoryState(samples, name) === "present"; // the initial copy of a table
    if (moved || copied || held === undefined || (value <= reconnects && !fires)) {
        return undefined; // somebody else moves it, nothing is kept, or it has only just gone
    }
    const consumer = { kind: "slot", name };
    const gone = samples.value("postgresql_consumer_gone_since_timestamp_seconds", consumer);
    return {
        name, held, away: gone === undefined ? value : Math.max(value, now - gone),
        expected: samples.value("postgresql_consumer_expected", consumer),
        absence: absenceOf(samples, name, value, fires),
    };
}

function never(slots: Slot[], out: Finding[]): void {
    if (slots.length > 0) {
        // Each reaches back on its own: what the farthest keeps is what all of them keep.
        const held = bytes(slots.reduce((most, each) => Math.max(most, each.held), 0));
        out.push({
            level: "warn", weight: 22,
            text: slots.length === 1
                ? `Slot ${slots[0].name} has no consumer; it holds ${held}`
                : `${slots.length} slots have no consumer; they hold ${held}`,
        });
    }
}

// They keep no WAL: nothing fills up, but people have said that they belong here.
function expected(samples: Samples, now: number, out: Finding[]): void {
    for (const { labels } of samples.all("postgresql_consumer_state")) {
        const by = { kind: labels.kind ?? "", name: labels.name ?? "" };
        const isGone = labels.state === "dropped"
            || (labels.state === "vanished" && by.kind !== "slot");
        if (isGone && samples.value("postgresql_consumer_expected", by) === 1) {
            const since = samples.value("postgresql_consumer_gone_since_timestamp_seconds", by);
            const lasts = since === undefined ? "" : ` for ${span(now - since)}`;
            out.push({
                level: "warn", weight: 28, tells: `ReplicationConsumerGone/${by.name}`,
                text: labels.state === "dropped"
                    ? `The slot ${by.name} is expected, and has been gone${lasts}`
                    : `The ${by.kind} ${by.name} is expected, and has been away${lasts}`,
            });
        }
    }
}

export function absentees(samples: Samples, alerts: Alert[], now: number, out: Finding[]): void {
    const lost = samples.all("postgresql_slot_lost").filter((each) => each.value === 1)
        .map((each) => each.labels.slot_name ?? "");
    const empty = samples.all("postgresql_slot_inactive_seconds")
        .flatMap((each) => slotOf(samples, alerts, now, each) ?? [])
        .filter((each) => !lost.includes(each.name) && each.expected !== 0);
    for (const { name, away, held, absence } of empty) {
        if (absence === "left") {
            out.push({
                level: "bad",
                weight: 55 + Math.min(4, Math.log10(held + 1) / 4),
                text: `Slot ${name} has had no consumer for ${span(away)} `
                    + `and holds back ${bytes(held)} of WAL`,
                tells: `ReplicationConsumerVanished/${name}`,
            });
        } else if (absence === "waited for") {
            out.push({
                level: "warn", weight: 23,
                text: `Slot ${name} has waited for its consumer for ${span(away)}, `
                    + "since PostgreSQL started",
            });
        }
    }
    never(empty.filter((each) => each.absence === "never came"), out);
    for (const name of lost) {
        out.push({
            level: "bad", weight: 50, text: `Slot ${name} has lost WAL its consumer needs`,
            tells: `ReplicationSlotLost/${name}`,
        });
    }
    expected(samples, now, out);
}
