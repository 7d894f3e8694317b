import { deepEqual, equal } from "node:assert/strict";
import { test } from "node:test";
import { heatmapOf } from "../src/model/heatmap";
import {
    type Frame, join, nameOf, parseValue, readFrame, readSamples, reduce,
} from "../src/model/series";
import { stack } from "../src/model/stack";
import { stretches } from "../src/model/states";

const frame = (start: number, all: Record<string, (number | null)[]>): Frame => ({
    start, step: 10, count: Object.values(all)[0].length,
    series: Object.entries(all).map(([name, values]) => ({ labels: { name }, refId: "A", values })),
});

test("reads_numbers_as_the_api_writes_them", () => {
    equal(parseValue("1.5"), 1.5);
    equal(parseValue("+Inf"), Infinity);
    equal(parseValue("-Inf"), -Infinity);
    equal(parseValue("NaN"), NaN);
    equal(parseValue(null), NaN);
    equal(parseValue(""), NaN);
});

test("points_find_their_place_on_the_grid", () => {
    const read = readFrame({
        result: [{ metric: { a: "b" },
            values: [[100, "1"], [120.001, "2"], [990, "3"], [110, "NaN"]] }],
    }, { start: 100, end: 130 }, 10, "B");
    deepEqual(read, {
        start: 100, step: 10, count: 4,
        series: [{ labels: { a: "b" }, refId: "B", values: [1, null, 2, null] }],
    });
});

test("an_answer_that_is_none_is_empty", () => {
    deepEqual(readSamples(null), []);
    deepEqual(readSamples({ resultType: "scalar", result: [5, "7"] }),
        [{ labels: {}, at: 5, value: 7 }]);
    deepEqual(readFrame(undefined, { start: 0, end: 10 }, 10, "A").series, []);
});

test("new_points_join_old_ones_and_the_oldest_go", () => {
    const old = frame(0, { x: [1, 2, 3, 4], gone: [9, null, null, null] });
    const joined = join(old, frame(30, { x: [40, 50], fresh: [null, 6] }), 10);
    equal(joined.start, 10);
    equal(joined.count, 4);
    deepEqual(joined.series.map((each) => [each.labels.name, each.values]),
        [["x", [2, 3, 40, 50]], ["fresh", [null, null, null, 6]]]);
});

test("what_has_vanished_ends_where_it_was_last_seen", () => {
    const joined = join(frame(0, { x: [1, 2, 3] }), frame(20, { y: [5, 6] }), 0);
    deepEqual(joined.series.map((each) => each.values),
        [[1, 2, null, null], [null, null, 5, 6]]);
});

test("joining_again_and_again_is_as_asking_for_all_of_it", () => {
    const all = Array.from({ length: 40 }, (_, i) => (i % 7 === 0 ? null : i));
    const part = (from: number, to: number) => frame(from * 10, { x: all.slice(from, to) });
    let joined = part(0, 10);
    for (let end = 11; end <= 40; ++end) {
        joined = join(joined, part(end - 3, end), (end - 10) * 10);
        deepEqual(joined.series[0].values, all.slice(end - 10, end));
    }
});

test("names_come_from_legends_or_labels", () => {
    const labels = { __name__: "up", job: "a", mode: "x\"y" };
    equal(nameOf(labels, "{{job}} of {{ mode }} {{nobody}}"), "a of x\"y ");
    equal(nameOf(labels, ""), "up{job=\"a\", mode=\"x\\\"y\"}");
    equal(nameOf({ __name__: "up" }, ""), "up");
    equal(nameOf({ __name__: "up", job: "a" }, "__auto"), "a");
    equal(nameOf({}, ""), "value");
});

test("reduces_what_is_there", () => {
    const values = [null, 4, 1, null];
    deepEqual(["lastNotNull", "last", "max", "min", "mean", "sum", "count", "firstNotNull"]
        .map((how) => reduce(values, how)), [1, null, 4, 1, 2.5, 5, 2, 4]);
    equal(reduce([null], "max"), null);
});

test("stacks_groups_each_by_itself", () => {
    const stacked = stack([
        { group: "g", values: [1, 2] }, { group: "", values: [7, 7] },
        { group: "g", values: [10, null] }, { group: "h", values: [5, 5] },
    ]);
    deepEqual(stacked.values, [[1, 2], [7, 7], [11, 2], [5, 5]]);
    deepEqual(stacked.below, [-1, -1, 0, -1]);
    deepEqual(stack([{ group: "g", values: [1, 0] }, { group: "g", values: [3, 0] }], true).values,
        [[0.25, 0], [1, 0]]);
});

test("cumulative_buckets_become_cells", () => {
    const buckets: Frame = {
        start: 0, step: 10, count: 2,
        series: [["+Inf", [5, 4]], ["0.1", [1, 2]], ["1", [3, 2]]].map(([le, values]) => ({
            labels: { le: le as string }, refId: "A", values: values as number[],
        })),
    };
    const map = heatmapOf(buckets, []);
    deepEqual(map.bounds, ["0.1", "1", "+Inf"]);
    deepEqual(map.cells, [[1, 2], [2, 0], [2, 2]]);
    equal(map.max, 2);
});

test("states_last_until_they_change", () => {
    deepEqual(stretches([1, 1, null, 0]), [
        { from: 0, to: 2, value: 1 }, { from: 2, to: 3, value: null }, { from: 3, to: 4, value: 0 },
    ]);
    deepEqual(stretches([]), []);
});
