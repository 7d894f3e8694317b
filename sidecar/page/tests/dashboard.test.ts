import { deepEqual, equal, ok } from "node:assert/strict";
import { test } from "node:test";
import { readDashboard } from "../src/model/dashboard";
import { Queue } from "../src/model/queue";
import { sortBy, tableOf } from "../src/model/table";

test("whatever_the_file_holds_a_dashboard_comes_of_it", () => {
    for (const broken of [null, 7, "x", [], { panels: 3 }, { panels: [null, 4, { type: 5 }] },
        { templating: { list: [{ type: "query" }, 3] }, annotations: { list: "x" } }]) {
        const read = readDashboard(broken);
        ok(Array.isArray(read.rows));
        equal(read.from, "now-1h");
        deepEqual(read.variables, []);
    }
});

test("panels_stand_in_their_rows", () => {
    const read = readDashboard({ panels: [
        { type: "stat", title: "late", gridPos: { x: 0, y: 9, w: 4, h: 2 } },
        { type: "row", title: "second", gridPos: { y: 8 } },
        { type: "text", title: "first", gridPos: { y: 1 } },
        { type: "row", title: "folded", collapsed: true, gridPos: { y: 20 },
            panels: [{ type: "table", gridPos: { y: 21 } }] },
    ] });
    deepEqual(read.rows.map((each) => [each.title, each.collapsed,
        each.panels.map((panel) => panel.title || panel.type)]),
    [["", false, ["first"]], ["second", false, ["late"]], ["folded", true, ["table"]]]);
});

test("what_is_not_supported_is_said", () => {
    const read = readDashboard({ panels: [
        { type: "piechart" },
        { type: "table", transformations: [{ id: "joinByField" }] },
        { type: "table", transformations: [{ id: "merge" }, { id: "x", disabled: true }] },
    ] });
    const [pie, joined, merged] = read.rows[0].panels.map((each) => each.unsupported);
    ok(pie.includes("piechart"));
    ok(joined.includes("joinByField"));
    equal(merged, "");
});

test("what_is_asked_of_others_or_at_another_time_is_said", () => {
    const target = (type: string) => ({ expr: "up", datasource: { type, uid: "x" } });
    const read = readDashboard({ panels: [
        { type: "table", datasource: { type: "postgres" }, targets: [{ rawSql: "SELECT 1" }] },
        { type: "stat", datasource: { type: "datasource", uid: "-- Mixed --" },
            targets: [target("prometheus"), { type: "math", datasource: { type: "__expr__" } }] },
        { type: "stat", timeShift: "1d", targets: [target("prometheus")] },
        { type: "stat", timeFrom: "5m" },
        { type: "stat", datasource: { type: "datasource", uid: "-- Mixed --" },
            targets: [target("prometheus"), { hide: true, datasource: { type: "loki" } }] },
        { type: "stat", datasource: "Prometheus", targets: [{ expr: "up" }] },
        { type: "stat", timeFrom: null, targets: [{ expr: "up" }] },
        { type: "text", datasource: { type: "postgres" } },
    ] });
    const said = read.rows[0].panels.map((each) => each.unsupported);
    ["postgres", "__expr__", "timeShift", "timeFrom"].forEach((word, i) =>
        ok(said[i].includes(word), said[i]));
    deepEqual(said.slice(4), ["", "", "", ""]);
});

test("a_range_in_the_file_that_this_page_does_not_know_is_the_last_hour", () => {
    const range = (from: unknown, to: unknown) => {
        const read = readDashboard({ time: { from, to } });
        return [read.from, read.to];
    };
    deepEqual(range("now-6h", "now"), ["now-6h", "now"]);
    deepEqual(range("1700000000000", "1700003600000"), ["1700000000000", "1700003600000"]);
    for (const [from, to] of [["now/d", "now/d"], ["now-1M", "now"], ["now", "now-1h"], [7, []]]) {
        deepEqual(range(from, to), ["now-1h", "now"], `${from} to ${to}`);
    }
});

test("targets_without_a_word_are_ranges", () => {
    const read = readDashboard({ panels: [{ type: "stat", targets: [
        { expr: "a" }, { expr: "b", instant: true }, { expr: "c", hide: true }, { expr: "" },
    ] }] });
    deepEqual(read.rows[0].panels[0].targets.map((each) => [each.expr, each.instant, each.range]),
        [["a", false, true], ["b", true, false]]);
});

test("the_data_source_is_no_variable_of_this_page", () => {
    const read = readDashboard({ templating: { list: [
        { type: "datasource", name: "datasource" },
        { type: "query", name: "slot", query: { query: "label_values(a, b)", refId: "x" },
            current: { value: ["$__all"] }, includeAll: true },
        { type: "custom", name: "c", query: "1, Two : 2", current: { value: "1" } },
    ] } });
    deepEqual(read.variables.map((each) => [each.name, each.query, each.choices, each.current]),
        [["slot", "label_values(a, b)", [], ["$__all"]], ["c", "1, Two : 2", ["1", "2"], ["1"]]]);
});

const answer = (refId: string, metric: string, values: Record<string, number>) => ({
    refId, table: true, names: [], samples: Object.entries(values).map(([slot, value]) => ({
        labels: { __name__: metric, slot }, at: 5, value,
    })),
});

test("answers_about_the_same_are_one_row", () => {
    const table = tableOf([answer("A", "held", { a: 1, b: 2 }), answer("B", "lag", { b: 3 })], [
        { id: "merge", options: {} },
        { id: "organize", options: {
            excludeByName: { Time: true }, renameByName: { "Value #A": "Held" },
            indexByName: { slot: 1, "Value #A": 0 },
        } },
        { id: "sortBy", options: { sort: [{ field: "Held", desc: true }] } },
    ]);
    deepEqual(table.columns.map((each) => each.name), ["Held", "slot", "Value #B"]);
    deepEqual(table.rows, [[2, "b", 3], [1, "a", null]]);
});

test("rows_of_one_answer_are_not_made_one", () => {
    const twice = answer("A", "x", { a: 1 });
    twice.samples.push({ ...twice.samples[0], value: 2 });
    equal(tableOf([twice, answer("B", "y", { a: 3 })], []).rows.length, 2);
});

test("nothing_is_last_whichever_way_it_is_sorted", () => {
    const columns = [{ name: "v", refId: "A", numeric: true }];
    const table = { columns, rows: [[null], [1], [2]] };
    deepEqual(sortBy(table, "v", true).rows, [[2], [1], [null]]);
    deepEqual(sortBy(table, "v", false).rows, [[1], [2], [null]]);
    deepEqual(sortBy(table, "nobody", false).rows, [[null], [1], [2]]);
});

test("no_more_jobs_run_at_once_than_allowed_and_all_run", async () => {
    const queue = new Queue(3);
    let running = 0;
    let most = 0;
    const jobs = Array.from({ length: 20 }, (_, i) => queue.run(async () => {
        most = Math.max(most, ++running);
        await new Promise<void>((resolve) => { queueMicrotask(resolve); });
        --running;
        if (i % 5 === 0) {
            throw new Error("fails");
        }
        return i;
    }));
    const done = await Promise.allSettled(jobs);
    equal(most, 3);
    equal(done.filter((each) => each.status === "fulfilled").length, 16);
    equal(await queue.run(async () => "after"), "after");
});
