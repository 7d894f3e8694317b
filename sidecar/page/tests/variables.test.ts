import { deepEqual, equal } from "node:assert/strict";
import { test } from "node:test";
import type { Variable } from "../src/model/dashboard";
import {
    choicesOf, fill, fillTitle, type Held, type Holding, labelValuesQuery, settle, toggled,
    type Window,
} from "../src/model/variables";

const window: Window = {
    stepSeconds: 15, rangeSeconds: 3600, fromMs: 1000, toMs: 3_601_000, scrapeSeconds: 10,
};
const held = (values: string[], extra: Partial<Held> = {}): Held => ({
    values, choices: ["a.b", "c"], multi: true, all: true, allValue: "", ...extra,
});
const holding: Holding = new Map([
    ["one", held(["a.b"])], ["two", held(["a.b", "c"])], ["all", held(["$__all"])],
    ["any", held(["$__all"], { allValue: ".*" })],
    ["plain", held(["a.b\"\\"], { multi: false, all: false })],
]);

test("fills_variables_in_as_grafana_does", () => {
    const cases: [string, string][] = [
        ["x{l=~\"$one\"}", "x{l=~\"a\\\\.b\"}"],
        ["x{l=~\"${two}\"}", "x{l=~\"(a\\\\.b|c)\"}"],
        ["x{l=~\"[[all]]\"}", "x{l=~\"(a\\\\.b|c)\"}"],
        ["$any", ".*"], ["${two:regex}", "a\\.b|c"], ["${two:pipe}", "a.b|c"],
        ["${two:csv}", "a.b,c"], ["${any:raw}", "a.b,c"],
        ["x{l=\"$plain\"}", "x{l=\"a.b\\\"\\\\\"}"],
        ["$nobody ${nobody:csv}", "$nobody ${nobody:csv}"],
    ];
    for (const [source, filled] of cases) {
        equal(fill(source, holding, window), filled, source);
    }
});

test("built_in_variables_tell_step_and_range", () => {
    equal(fill("rate(x[$__rate_interval]) $__interval $__interval_ms", new Map(), window),
        "rate(x[40s]) 15s 15000");
    equal(fill("[${__range}] $__range_s $__range_ms $__from $__to", new Map(), window),
        "[3600s] 3600 3600000 1000 3601000");
    equal(fill("$__rate_interval", new Map(), { ...window, stepSeconds: 60 }), "70s");
});

test("a_value_cannot_end_the_text_it_stands_in", () => {
    const evil = held(["\"} or vector(1) #"], { multi: false, all: false });
    const filled = fill("x{l=~\"$evil\"}", new Map([["evil", evil]]), window);
    equal(filled, "x{l=~\"\\\"} or vector(1) #\"}");
});

test("titles_name_what_is_chosen", () => {
    equal(fillTitle("Of $two in $all", holding, window), "Of a.b + c in All");
});

test("reads_queries_for_label_values", () => {
    deepEqual(labelValuesQuery("label_values(up, job)"), { metric: "up", label: "job" });
    deepEqual(labelValuesQuery(" label_values( job ) "), { metric: "", label: "job" });
    deepEqual(labelValuesQuery("label_values(up{a=\"x, y\"}, job)"),
        { metric: "up{a=\"x, y\"}", label: "job" });
    equal(labelValuesQuery("query_result(up)"), undefined);
});

const variable: Variable = {
    name: "v", label: "v", type: "query", query: "", regex: "", multi: false, all: false,
    allValue: "", hidden: false, choices: [], current: [],
};

test("what_was_chosen_stays_while_it_is_there", () => {
    deepEqual(settle({ ...variable, current: ["b"] }, ["a", "b"]), ["b"]);
    deepEqual(settle({ ...variable, current: ["gone"] }, ["a", "b"]), ["a"]);
    deepEqual(settle({ ...variable, all: true, current: ["gone"] }, ["a"]), ["$__all"]);
    deepEqual(settle({ ...variable, all: true, current: ["$__all"] }, []), ["$__all"]);
    deepEqual(settle({ ...variable, multi: true, current: ["a", "b"] }, ["b", "a"]), ["a", "b"]);
    deepEqual(settle(variable, []), []);
});

test("all_is_all_and_nothing_else", () => {
    deepEqual(toggled(["$__all"], "a", true), ["a"]);
    deepEqual(toggled(["a"], "b", true), ["a", "b"]);
    deepEqual(toggled(["a", "b"], "a", true), ["b"]);
    deepEqual(toggled(["b"], "b", true), ["$__all"]);
    deepEqual(toggled(["b"], "b", false), []);
    deepEqual(toggled(["a", "b"], "$__all", true), ["$__all"]);
});

test("a_pattern_picks_part_of_the_values", () => {
    deepEqual(choicesOf({ ...variable, regex: "/^(.)_/" }, ["b_1", "a_2", "a_3", "x"]), ["a", "b"]);
    deepEqual(choicesOf(variable, ["b", "a"]), ["a", "b"]);
});
