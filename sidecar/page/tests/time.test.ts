import { deepEqual, equal } from "node:assert/strict";
import { test } from "node:test";
import {
    durationMs, grid, isLive, isRange, moment, resolve, stepFor, writeDuration,
} from "../src/model/time";

test("durations_are_read_as_people_write_them", () => {
    equal(durationMs("1h30m"), 5_400_000);
    equal(durationMs("500ms"), 500);
    equal(durationMs("1.5s"), 1500);
    equal(durationMs("2w"), 1_209_600_000);
    for (const none of ["", "1", "h", "1x", "-1h", "1h 2"]) {
        equal(durationMs(none), undefined, none);
    }
    equal(writeDuration(90_000), "90s");
    equal(writeDuration(3_600_000), "1h");
    equal(writeDuration(1500), "1500ms");
});

test("ranges_end_now_or_at_moments", () => {
    const now = 1_000_000_000;
    deepEqual(resolve({ from: "now-1h", to: "now" }, now), { from: now - 3_600_000, to: now });
    deepEqual(resolve({ from: "5000", to: "9000" }, now), { from: 5000, to: 9000 });
    equal(moment("now-", now), undefined);
    equal(moment("yesterday", now), undefined);
    equal(isLive({ from: "now-1h", to: "now" }), true);
    equal(isLive({ from: "1", to: "2" }), false);
});

test("a_range_that_is_none_is_one_all_the_same", () => {
    const now = 1_000_000_000;
    deepEqual(resolve({ from: "x", to: "y" }, now), { from: now - 3_600_000, to: now });
    deepEqual(resolve({ from: "9000", to: "5000" }, 0), { from: 5000 - 60_000, to: 5000 });
});

test("what_is_no_range_is_told_from_one", () => {
    const is = (from: string, to: string) => isRange({ from, to });
    for (const [from, to] of [["now-1h", "now"], ["5000", "9000"], ["5000", "now"],
        ["now-2h", "now-1h"], ["now-1d", "1700000000000"]]) {
        equal(is(from, to), true, `${from} to ${to}`);
    }
    for (const [from, to] of [["abc", "now"], ["now-1h", "x"], ["now", "now-1h"], ["9000", "5000"],
        ["", "now"], ["now-", "now"], ["now", "now"]]) {
        equal(is(from, to), false, `${from} to ${to}`);
    }
});

test("steps_are_round_and_never_make_more_points_than_wanted", () => {
    const hours = (count: number) => ({ from: 0, to: count * 3_600_000 });
    equal(stepFor(hours(1), 300, 5), 15);
    equal(stepFor(hours(6), 300, 5), 120);
    equal(stepFor({ from: 0, to: 300_000 }, 300, 5), 5);
    equal(stepFor(hours(1), 300, 60), 60);
    for (let count = 1; count < 24 * 3000; count += 997) {
        const step = stepFor(hours(count), 300, 5);
        equal(count * 3600 / step <= 300, true, `${count} h`);
    }
});

test("a_grid_stands_still_while_time_goes_on", () => {
    deepEqual(grid({ from: 1_000, to: 61_999 }, 15), { start: 0, end: 60 });
    deepEqual(grid({ from: 2_000, to: 74_999 }, 15), { start: 0, end: 60 });
    deepEqual(grid({ from: 16_000, to: 75_000 }, 15), { start: 15, end: 75 });
});
