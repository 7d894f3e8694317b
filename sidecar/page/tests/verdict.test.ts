import { deepEqual, equal, ok } from "node:assert/strict";
import { test } from "node:test";
import type { Alert } from "../src/model/alerts";
import { consumersOf, holdersOf, knownOf } from "../src/model/consumers";
import { Samples } from "../src/model/samples";
import type { Labels } from "../src/model/series";
import { judge, judgeAlerts, markOf } from "../src/model/verdict";

const now = 1_700_000_000;
type Row = [string, Labels, number];
const world = (...rows: Row[]) => new Samples(
    rows.map(([name, labels, value]) => (
        { labels: { __name__: name, ...labels }, at: now, value })));
const healthy: Row[] = [
    ["opsmon_collector_success", { collector: "cpu" }, 1],
    ["postgresql_up", {}, 1],
    ["postgresql_slot_active", { slot_name: "standby_1", slot_type: "physical" }, 1],
    ["postgresql_slot_retained_bytes", { slot_name: "standby_1" }, 37 * 2 ** 30],
    ["postgresql_slot_last_progress_timestamp_seconds", { slot_name: "standby_1" }, now - 10_800],
    ["postgresql_volume_free_bytes", { volume: "wal" }, 71 * 2 ** 30],
    ["service_health_status", { service: "demo" }, 1],
];
const alert = (extra: Partial<Alert>): Alert => ({
    name: "A", state: "firing", severity: "critical", labels: {}, summary: "it burns",
    description: "", since: 0, value: 1, noData: false, ...extra,
});

test("all_is_well_says_what_was_looked_at", () => {
    const verdict = judge(world(...healthy), [], now);
    equal(verdict.level, "ok");
    equal(verdict.title,
        "All is well: 1 slot has its consumer, WAL volume 71 GiB free, 1 service answers");
});

test("a_volume_that_fills_is_told_with_who_holds_it", () => {
    const verdict = judge(world(...healthy,
        ["postgresql_volume_full_in_seconds", { volume: "wal" }, 42 * 60]), [], now);
    equal(verdict.level, "bad");
    equal(verdict.title,
        "WAL volume full in 42 min; 37 GiB held by slot standby_1, last progress 3 h ago");
});

test("a_forecast_far_away_is_no_reason_to_look", () => {
    const far = (seconds: number) => judge(world(...healthy,
        ["postgresql_volume_full_in_seconds", { volume: "data" }, seconds]), [], now);
    equal(far(86_400).level, "ok");
    equal(far(86_399).level, "warn");
    equal(far(4 * 3600 - 1).level, "bad");
    equal(far(0).title, "data volume is full");
});

test("a_server_that_is_gone_comes_first", () => {
    const verdict = judge(world(...healthy.filter(([name]) => name !== "postgresql_up"),
        ["postgresql_up", {}, 0], ["postgresql_guard_fence", {}, 2],
        ["opsmon_collector_success", { collector: "postgresql_guard" }, 0],
        ["opsmon_collector_success", { collector: "slony" }, 0],
        ["service_health_status", { service: "shop" }, 0]), [alert({})], now);
    equal(verdict.title, "PostgreSQL does not answer");
    deepEqual(verdict.details,
        ["The fence stops every statement", "Service shop is not healthy", "it burns"]);
});

const slot = { slot_name: "standby_1" };
const inactive = (seconds: number): Row => ["postgresql_slot_inactive_seconds", slot, seconds];
const written: Row = ["postgresql_slot_wal_since_progress_bytes", slot, 4096];
const state = (kind: string, name: string, is: string): Row =>
    ["postgresql_consumer_state", { kind, name, state: is }, 1];

test("a_consumer_that_vanished_is_told", () => {
    const active: Row = ["postgresql_slot_last_active_timestamp_seconds", slot, now - 20];
    const verdict = judge(world(...healthy, inactive(20), written, active), [], now);
    equal(verdict.level, "bad");
    equal(verdict.title,
        "Slot standby_1 has had no consumer for 20 s and holds back 37 GiB of WAL");
    equal(judge(world(...healthy, inactive(5), written, active), [], now).level, "ok");
});

test("who_is_missing_is_told_after_a_restart_of_the_server_too", () => {
    const gone: Row = ["postgresql_consumer_gone_since_timestamp_seconds",
        { kind: "slot", name: "standby_1" }, now - 7200];
    const vanished = judge(world(...healthy, inactive(9), gone,
        state("slot", "standby_1", "vanished")), [], now);
    equal(vanished.level, "bad");
    equal(vanished.title,
        "Slot standby_1 has had no consumer for 2 h and holds back 37 GiB of WAL");
    const missing = (seconds: number, alerts: Alert[] = []) => judge(world(...healthy,
        inactive(seconds), state("slot", "standby_1", "missing")), alerts, now);
    equal(missing(4).level, "ok");
    equal(missing(9).title,
        "Slot standby_1 has waited for its consumer for 9 s, since PostgreSQL started");
    equal(missing(9).level, "warn");
    equal(missing(31).level, "bad");
    const fires = alert({ name: "ReplicationConsumerVanished", labels: slot });
    equal(missing(1, [fires]).title,
        "Slot standby_1 has had no consumer for 1 s and holds back 37 GiB of WAL");
});

test("slots_that_never_had_a_consumer_are_counted_with_what_they_hold", () => {
    const forgotten = (i: number): Row[] => [
        ["postgresql_slot_inactive_seconds", { slot_name: `forgotten_${i}` }, 60],
        ["postgresql_slot_retained_bytes", { slot_name: `forgotten_${i}` }, i * 2 ** 20],
    ];
    const verdict = judge(world(...healthy, ...[1, 2, 3, 4, 5, 29].flatMap(forgotten)), [], now);
    equal(verdict.level, "warn");
    equal(verdict.title, "6 slots have no consumer; they hold 29 MiB");
    const one = (...rows: Row[]) => judge(world(...healthy, ...forgotten(3), ...rows), [], now);
    equal(one().title, "Slot forgotten_3 has no consumer; it holds 3 MiB");
    const consumer = { kind: "slot", name: "forgotten_3" };
    equal(one(["postgresql_consumer_expected", consumer, 0]).level, "ok");
    equal(one(["postgresql_slot_lost", { slot_name: "forgotten_3" }, 1]).title,
        "Slot forgotten_3 has lost WAL its consumer needs");
});

test("a_slot_whose_position_somebody_else_moves_is_no_reason_to_look", () => {
    equal(judge(world(...healthy, inactive(600),
        ["postgresql_slot_inactive_since_timestamp_seconds", slot, now - 20_000]), [], now).level,
    "ok");
});

test("a_consumer_that_is_expected_is_missed_where_no_slot_keeps_wal_for_it", () => {
    const standby = { kind: "standby", name: "berlin u@10.0.0.5" };
    const rows: Row[] = [...healthy, state("standby", standby.name, "vanished"),
        ["postgresql_consumer_gone_since_timestamp_seconds", standby, now - 7200]];
    equal(judge(world(...rows), [], now).level, "ok");
    const isGone = alert({
        name: "ReplicationConsumerGone", severity: "warning", labels: standby,
    });
    const missed = judge(world(...rows, ["postgresql_consumer_expected", standby, 1]), [isGone],
        now);
    equal(missed.level, "warn");
    equal(missed.title, "The standby berlin u@10.0.0.5 is expected, and has been away for 2 h");
    deepEqual(missed.details, []);
    equal(judge(world(...healthy, state("slot", "old", "dropped"),
        ["postgresql_consumer_expected", { kind: "slot", name: "old" }, 1]), [], now).title,
    "The slot old is expected, and has been gone");
});

test("what_a_finding_says_its_alert_does_not_say_again", () => {
    const about = (name: string, labels: Labels) => alert({ name, labels });
    const rows: Row[] = [...healthy, inactive(20), written,
        ["postgresql_slot_last_active_timestamp_seconds", slot, now - 20]];
    const by = (...alerts: Alert[]) => judge(world(...rows), alerts, now).details;
    deepEqual(by(about("ReplicationConsumerVanished", slot)), []);
    deepEqual(by(about("ReplicationConsumerVanished", { slot_name: "other" })), ["it burns"]);
    deepEqual(by(about("SomebodysOwn", slot)), ["it burns"]);
    deepEqual(judge(world(...healthy, ["postgresql_guard_rung", { volume: "wal" }, 1]),
        [alert({ name: "GuardWatch", severity: "warning", labels: { volume: "wal" } })],
        now).details, []);
    deepEqual(judge(world(...healthy.filter(([name]) => name !== "postgresql_up"),
        ["postgresql_up", {}, 0]), [about("PostgreSQLDown", {})], now).details, []);
});

test("that_nobody_takes_wal_is_said_where_it_is_known", () => {
    const rows: Row[] = [["postgresql_up", {}, 1], ["postgresql_in_recovery", {}, 0],
        ["opsmon_collector_success", { collector: "postgresql_guard" }, 1]];
    const sampler: Row = ["opsmon_collector_success", { collector: "postgresql_sampler" }, 1];
    const by = (...more: Row[]) => judge(world(...rows, ...more), [], now);
    equal(by(sampler).level, "ok");
    deepEqual(by(sampler).details,
        ["Nobody takes WAL from this server: there is no standby, and no slot"]);
    deepEqual(by().details, []);
    deepEqual(by(sampler, ["postgresql_replication_lag_bytes", { slave: "a" }, 0]).details, []);
});

test("a_verdict_that_is_refused_says_what_is_critical_all_the_same", () => {
    const refused = judgeAlerts([alert({}), alert({ severity: "warning", summary: "smoke" })],
        "too many queries");
    equal(refused.level, "bad");
    equal(refused.title, "it burns");
    deepEqual(refused.details, ["smoke", "The verdict is not known: too many queries"]);
    const calm = judgeAlerts([alert({ severity: "warning", summary: "smoke" })], "refused");
    equal(calm.level, "unknown");
    equal(calm.title, "The verdict is not known: refused");
    deepEqual(calm.details, ["smoke"]);
    const deaf = judge(world(...healthy), undefined, now, "refused");
    equal(deaf.level, "warn");
    equal(deaf.title, "Which alerts fire is not known: refused");
});

test("every_level_that_is_not_well_has_a_mark", () => {
    equal(markOf("ok"), "");
    equal(new Set((["warn", "bad", "unknown"] as const).map(markOf)).size, 3);
    equal(markOf("dead"), markOf("unknown"));
});

test("rungs_of_the_guard_are_named", () => {
    const at = (rung: number) => judge(world(...healthy,
        ["postgresql_guard_rung", { volume: "wal" }, rung]), [], now);
    equal(at(0).level, "ok");
    equal(at(1).title, "The guard stands at rung 1 (watch) for the WAL volume");
    equal(at(2).level, "warn");
    equal(at(3).level, "bad");
});

test("alerts_count_by_state_and_severity", () => {
    const by = (...alerts: Partial<Alert>[]) => judge(world(...healthy), alerts.map(alert), now);
    equal(by({}).level, "bad");
    equal(by({ severity: "warning" }).level, "warn");
    equal(by({ severity: "info" }).level, "ok");
    equal(by({ severity: "none" }).level, "ok");
    equal(by({ state: "pending" }).level, "ok");
    ok(by({ noData: true }).title.startsWith("No data for an alert that fires: it burns"));
});

test("a_collector_that_fails_tells_how_old_its_data_are", () => {
    const failing: Row = ["opsmon_collector_success", { collector: "tcp" }, 0];
    const last: Row = ["opsmon_collector_last_success_timestamp_seconds", { collector: "tcp" },
        now - 180];
    const other: Row = ["opsmon_collector_last_success_timestamp_seconds", { collector: "cpu" },
        now - 2];
    equal(judge(world(...healthy, failing, last, other), [], now).title,
        "The collector tcp does not succeed: its data are 3 min old");
    equal(judge(world(...healthy, failing), [], now).title,
        "The collector tcp does not succeed: it never has");
});

test("data_that_are_all_old_are_said_to_be_old_before_anything_else", () => {
    const last = (collector: string, ago: number): Row =>
        ["opsmon_collector_last_success_timestamp_seconds", { collector }, now - ago];
    equal(judge(world(...healthy, last("cpu", 3), last("tcp", 900)), [], now).level, "ok");
    equal(judge(world(...healthy, last("cpu", 180), last("tcp", 900)), [alert({})], now).title,
        "No source has brought anything for 3 min: what you see is that old");
});

test("without_anything_nothing_is_claimed", () => {
    equal(judge(world(), [], now).level, "unknown");
    equal(judge(world(["opsmon_collector_success", { collector: "cpu" }, 1]), [], now).title,
        "All is well");
});

test("consumers_are_slots_and_standbys_the_greatest_holder_first", () => {
    const all = consumersOf(world(...healthy,
        ["postgresql_slot_active", { slot_name: "sub", slot_type: "logical" }, 0],
        ["postgresql_slot_inactive_seconds", { slot_name: "sub" }, 60],
        ["postgresql_slot_lost", { slot_name: "sub" }, 1],
        ["postgresql_guard_next_victim_bytes", { slot_name: "sub" }, 0],
        ["postgresql_replication_info", { slave: "10.0.0.2", consumer: "standby_1",
            application_name: "s1", slot_name: "standby_1", state: "streaming",
            sync_state: "async" }, 1],
        ["postgresql_replication_lag_bytes", { slave: "10.0.0.2" }, 5],
        ["postgresql_replication_info", { slave: "10.0.0.3", consumer: "loose",
            application_name: "loose", slot_name: "", state: "streaming", sync_state: "sync" }, 1],
        ["postgresql_consumer_info",
            { kind: "slot", name: "sub", owner: "data team", policy: "last" }, 1]));
    deepEqual(all.map((each) =>
        [each.name, each.kind, each.state, each.lag, each.owner, each.next]),
        [["standby_1", "physical slot", "streaming, async", 5, "", false],
            ["loose", "standby without a slot", "streaming, sync", undefined, "", false],
            ["sub", "logical slot", "lost", undefined, "data team", true]]);
});

test("whose_a_standby_without_a_slot_is_and_who_is_gone_comes_from_the_inventory", () => {
    const info = (kind: string, name: string, application: string, owner: string): Row =>
        ["postgresql_consumer_info",
            { kind, name, application_name: application, owner, policy: "" }, 1];
    const all = consumersOf(world(
        ["postgresql_slot_active", { slot_name: "left", slot_type: "physical" }, 0],
        ["postgresql_consumer_state", { kind: "slot", name: "left", state: "vanished" }, 1],
        ["postgresql_replication_info", { slave: "10.0.0.3", consumer: "w",
            application_name: "w", slot_name: "", state: "streaming", sync_state: "async" }, 1],
        ["postgresql_replication_info", { slave: "s", consumer: "s",
            application_name: "s", slot_name: "", state: "streaming", sync_state: "async" }, 1],
        info("standby", "w replicator@10.0.0.2", "w", "others"),
        info("standby", "w replicator@10.0.0.3", "w", "dba"),
        info("standby", "s replicator@local", "s", ""),
        info("standby", "berlin replicator@10.0.0.5", "berlin", ""),
        ["postgresql_consumer_unowned", { kind: "standby", name: "s replicator@local" }, 1],
        ["postgresql_consumer_unowned", { kind: "standby", name: "berlin replicator@10.0.0.5" }, 1],
        ["postgresql_consumer_state",
            { kind: "standby", name: "berlin replicator@10.0.0.5", state: "vanished" }, 1],
        ["postgresql_consumer_gone_since_timestamp_seconds",
            { kind: "standby", name: "berlin replicator@10.0.0.5" }, now - 60],
        ["postgresql_consumer_state", { kind: "slot", name: "old", state: "dropped" }, 1]));
    deepEqual(all.map((each) => [each.name, each.state, each.owner, each.unowned, each.since]), [
        ["berlin replicator@10.0.0.5", "vanished", "", true, now - 60],
        ["left", "nobody there", "", false, undefined],
        ["old", "dropped", "", false, undefined],
        ["s", "streaming, async", "", true, undefined],
        ["w", "streaming, async", "dba", false, undefined]]);
});

test("nobody_to_be_seen_is_nobody_only_while_the_sources_tell", () => {
    const told = (collector: string, success: number, ago: number): Row[] => [
        ["opsmon_collector_success", { collector }, success],
        ["opsmon_collector_last_success_timestamp_seconds", { collector }, now - ago],
    ];
    const all = (guard: number, ago: number): Row[] => [["postgresql_up", {}, 1],
        ...told("postgresql_guard", guard, ago), ...told("postgresql_sampler", 1, 2),
        ...told("postgresql_consumers", 1, 2)];
    deepEqual(knownOf(world(...all(1, 3)), now), { known: true });
    deepEqual(knownOf(world(...all(0, 180)), now), {
        known: false, at: now - 180,
        text: "Nobody tells of slots: what is shown here is 3 min old",
    });
    deepEqual(knownOf(world(["postgresql_up", {}, 0], ...all(0, 180).slice(1)), now), {
        known: false, at: now - 180,
        text: "PostgreSQL does not answer: what is shown here is 3 min old",
    });
    deepEqual(knownOf(world(["postgresql_up", {}, 0]), now), {
        known: false, at: undefined, text: "PostgreSQL does not answer, and has not since the "
            + "sidecar started: who takes WAL is not known",
    });
});

test("holders_without_a_name_are_holders_too", () => {
    deepEqual(holdersOf(world(
        ["postgresql_wal_holder_bytes", { holder: "crash recovery" }, 5],
        ["postgresql_wal_holder_marginal_bytes", { holder: "crash recovery" }, 4],
        ["postgresql_wal_holder_bytes", { holder: "slot", name: "a" }, 9])),
    [{ holder: "slot", name: "a", held: 9, frees: undefined },
        { holder: "crash recovery", name: "", held: 5, frees: 4 }]);
});
