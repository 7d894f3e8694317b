import { deepEqual, equal } from "node:assert/strict";
import { test } from "node:test";
import { digits, format, increments, span } from "../src/model/units";

const cases: [number, string, string][] = [
    [0, "bytes", "0 B"], [512, "bytes", "512 B"], [1024, "bytes", "1 KiB"],
    [1536, "bytes", "1.5 KiB"], [1048575, "bytes", "1 MiB"], [-2048, "bytes", "-2 KiB"],
    [37 * 2 ** 30, "bytes", "37 GiB"], [2 ** 70, "bytes", "1048576 PiB"],
    [1500, "decbytes", "1.5 kB"], [999.9996, "Bps", "1 kB/s"], [2048, "binBps", "2 KiB/s"],
    [1e6, "bps", "1 Mb/s"], [12, "pps", "12 p/s"],
    [0.5, "percentunit", "50 %"], [12.345, "percent", "12.3 %"],
    [1234, "short", "1.23 K"], [5, "short", "5"], [1e6, "reqps", "1 Mil req/s"],
    [0, "s", "0 s"], [0.0005, "s", "500 µs"], [0.25, "s", "250 ms"], [90, "s", "90 s"],
    [600, "s", "10 min"], [7200, "s", "2 h"], [200_000, "s", "2.31 d"], [3e-9, "s", "3 ns"],
    [250, "ms", "250 ms"], [-5, "s", "-5 s"], [3, "suffix:slots", "3 slots"], [4, "none", "4"],
    [4, "", "4"], [4, "furlongs", "4 furlongs"], [Infinity, "bytes", "∞"],
    [-Infinity, "s", "-∞"], [NaN, "s", "no value"], [2580, "dtdurations", "43 min"],
    [0.001234, "", "0.00123"], [1e-9, "", "1.00e-9"], [123456, "", "123456"],
];

test("writes_values_with_their_units", () => {
    for (const [value, unit, written] of cases) {
        equal(format(value, unit), written, `${value} as ${unit}`);
    }
});

test("decimals_are_kept_where_they_are_asked_for", () => {
    equal(format(1, "percent", 2), "1.00 %");
    equal(format(1536, "bytes", 0), "2 KiB");
    equal(format(512, "bytes", 2), "512 B");
    equal(digits(1.005, -3), "1");
});

test("moments_are_seconds_or_milliseconds", () => {
    equal(format(1_700_000_000, "dateTimeAsIso"), "2023-11-14 22:13:20");
    equal(format(1_700_000_000_000, "dateTimeAsIso"), "2023-11-14 22:13:20");
    equal(format(1_700_000_000, "dateTimeFromNow", undefined, 1_700_000_090_000), "1 min 30 s ago");
    equal(format(1_700_000_100, "dateTimeFromNow", undefined, 1_700_000_000_000), "in 1 min 40 s");
});

test("a_span_has_two_parts_at_most", () => {
    equal(span(0), "0 s");
    equal(span(59.6), "1 min");
    equal(span(42 * 60), "42 min");
    equal(span(3 * 3600 + 60), "3 h 1 min");
    equal(span(3 * 3600 + 5), "3 h");
    equal(span(86400 + 3600), "1 d 1 h");
    equal(span(Infinity), "for ever");
});

test("marks_of_binary_units_are_powers_of_two", () => {
    deepEqual(increments("bytes")?.slice(0, 3), [1, 2, 4]);
    equal(increments("short"), undefined);
});
