import { deepEqual, equal } from "node:assert/strict";
import { test } from "node:test";
import { fieldOf, pattern, readFieldConfig } from "../src/model/field";
import { show, thresholdColor } from "../src/model/value";

const config = readFieldConfig({
    defaults: {
        unit: "percent", noValue: "nobody",
        thresholds: { mode: "absolute", steps: [
            { color: "red", value: 90 }, { color: "green", value: null },
            { color: "orange", value: 75 },
        ] },
        mappings: [
            { type: "value",
                options: { "0": { text: "down", color: "red" }, "up": { text: "UP" } } },
            { type: "range", options: { from: 200, to: null, result: { text: "much" } } },
            { type: "regex", options: { pattern: "^std", result: { color: "blue" } } },
            { type: "special", options: { match: "null+nan", result: { text: "unknown" } } },
        ],
        custom: { lineWidth: 2 },
    },
    overrides: [
        { matcher: { id: "byName", options: "free" }, properties: [
            { id: "unit", value: "bytes" }, { id: "custom.fillOpacity", value: 30 },
            { id: "mappings", value: [] },
        ] },
        { matcher: { id: "byRegexp", options: "/^LAG/i" }, properties: [{ id: "unit", value: "s" },
            { id: "color", value: { mode: "fixed", fixedColor: "purple" } }] },
        { matcher: { id: "byFrameRefID", options: "C" },
            properties: [{ id: "decimals", value: 1 }] },
        { matcher: { id: "byType", options: "number" },
            properties: [{ id: "unit", value: "short" }] },
    ],
});

test("the_highest_threshold_that_is_reached_gives_the_colour", () => {
    const field = fieldOf(config, "any");
    equal(thresholdColor(field, -1), "green");
    equal(thresholdColor(field, 75), "orange");
    equal(thresholdColor(field, 89.9), "orange");
    equal(thresholdColor(field, 1000), "red");
});

test("thresholds_in_percent_stand_between_the_bounds", () => {
    const field = { ...fieldOf(config, "any"), percentage: true, min: 0, max: 10 };
    equal(thresholdColor(field, 7), "green");
    equal(thresholdColor(field, 8), "orange");
    equal(thresholdColor({ ...field, max: 0 }, 8), "green");
});

test("mappings_come_before_units", () => {
    const field = fieldOf(config, "any");
    deepEqual(show(field, 0), { text: "down", color: "red" });
    deepEqual(show(field, 50), { text: "50 %", color: "green" });
    deepEqual(show(field, 300), { text: "much", color: "red" });
    deepEqual(show(field, "up"), { text: "UP", color: "" });
    deepEqual(show(field, "std_1"), { text: "std_1", color: "blue" });
    deepEqual(show(field, null), { text: "unknown", color: "" });
    deepEqual(show(field, NaN), { text: "unknown", color: "" });
});

test("nothing_is_said_as_the_file_wants_it", () => {
    equal(show({ ...fieldOf(config, "x"), mappings: [] }, null).text, "nobody");
    equal(show(fieldOf(readFieldConfig(undefined), "x"), null).text, "no data");
});

test("labels_of_others_are_no_keys_of_our_objects", () => {
    equal(show(fieldOf(config, "x"), "constructor").text, "constructor");
    equal(show(fieldOf(config, "x"), "__proto__").text, "__proto__");
});

test("overrides_are_for_those_they_name", () => {
    equal(fieldOf(config, "free").unit, "bytes");
    equal(fieldOf(config, "free").custom.fillOpacity, 30);
    equal(fieldOf(config, "free").custom.lineWidth, 2);
    equal(fieldOf(config, "lag of a").fixedColor, "purple");
    equal(fieldOf(config, "other", "C").decimals, 1);
    equal(fieldOf(config, "other").unit, "percent");
    equal(config.defaults.custom.fillOpacity, undefined);
});

test("a_pattern_that_is_none_matches_nothing", () => {
    equal(pattern("(").test("("), false);
    equal(pattern("/a/gi").test("A"), true);
});
