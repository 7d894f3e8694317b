import { deepEqual, equal } from "node:assert/strict";
import { test } from "node:test";
import { Samples } from "../src/model/samples";
import { collectorsOf, readErrors } from "../src/model/targets";

const sample = (name: string, collector: string, value: number) =>
    ({ labels: { __name__: name, collector }, value, at: 0 });

test("a_collector_that_fails_comes_first_and_says_why", () => {
    const errors = readErrors({ collectors: [
        { collector: "disk", success: false, error: "/mnt: does not answer" }, { collector: "cpu" },
        null,
    ] });
    const samples = new Samples([
        sample("opsmon_collector_success", "cpu", 1), sample("opsmon_collector_success", "disk", 0),
        sample("opsmon_collector_last_success_timestamp_seconds", "cpu", 90),
        sample("opsmon_collector_last_success_timestamp_seconds", "disk", 0),
        sample("opsmon_collector_duration_seconds", "cpu", 0.5),
    ]);
    deepEqual(collectorsOf(samples, 100, errors), [
        { name: "disk", success: false, duration: undefined, age: undefined,
            why: "/mnt: does not answer" },
        { name: "cpu", success: true, duration: 0.5, age: 10, why: "" },
    ]);
});

test("a_document_that_is_none_explains_nothing", () => {
    equal(readErrors("x").size, 0);
});
