import { deepEqual, equal, ok } from "node:assert/strict";
import { test } from "node:test";
import {
    matchersFor, readAlerts, readSilences, type Silence, silences,
} from "../src/model/alerts";
import { parseMatchers, writeMatcher } from "../src/model/matchers";

const [alert] = readAlerts({ alerts: [{
    labels: { alertname: "A", slot: "a\"b\\c" }, annotations: { summary: "s" }, state: "firing",
    activeAt: "2026-11-28T18:00:00Z", value: "1e+00",
}] });

test("what_fires_comes_before_what_waits_and_the_worst_first", () => {
    const all = readAlerts({ alerts: [
        { labels: { alertname: "w", severity: "warning" }, state: "firing" },
        { labels: { alertname: "p", severity: "critical" }, state: "pending", noData: true },
        { labels: { alertname: "c", severity: "critical" }, state: "firing" }, null,
    ] });
    deepEqual(all.map((each) => each.name), ["c", "w", "p", ""]);
    equal(all[2].noData, true);
    deepEqual(readAlerts(null), []);
});

test("matchers_are_read_as_they_are_written", () => {
    const written = "alertname=\"A\"\nslot!~\"x.*\", n=bare\nm!=\"\\\"q\\\\\"";
    const read = parseMatchers(written);
    deepEqual(read, [
        { name: "alertname", value: "A", isRegex: false, isEqual: true },
        { name: "slot", value: "x.*", isRegex: true, isEqual: false },
        { name: "n", value: "bare", isRegex: false, isEqual: true },
        { name: "m", value: "\"q\\", isRegex: false, isEqual: false },
    ]);
    ok(Array.isArray(read));
    deepEqual(parseMatchers(read.map(writeMatcher).join("\n")), read);
});

// What amtool 0.25 makes of each.
test("backslashes_and_quotes_of_values_are_read_as_amtool_reads_them", () => {
    const table: [string, string | undefined][] = [
        [String.raw`code=~"\d+"`, String.raw`\d+`],
        [String.raw`code=~\d+`, String.raw`\d+`],
        [String.raw`path="C:\temp"`, String.raw`C:\temp`],
        [String.raw`path="C:\\temp"`, String.raw`C:\temp`],
        [String.raw`path="C:\new"`, "C:\new"],
        [String.raw`slot_name="a\nb"`, "a\nb"],
        [String.raw`a=x\ny`, "x\ny"],
        [String.raw`a="say \"no\""`, "say \"no\""],
        [String.raw`a=\"`, "\""],
        [String.raw`a="\\"`, "\\"],
        [String.raw`a="\\\\"`, String.raw`\\`],
        [String.raw`a=~"\\.\."`, String.raw`\.\.`],
        [String.raw`a=b\ `, "b\\"],
        ["a=\"x,y\"", "x,y"],
        ["a=\"x\ny\"", "x\ny"],
        ["a=\" x \"", " x "],
        ["a=  x y  ", "x y"],
        ["a=", ""],
        ["a=\"\"", ""],
        ["{a=\"b\"}", "b"],
        ["a:b=\"c\"", "c"],
        ["a=\"grün\"", "grün"],
        ["a=\"b", undefined],
        ["a=b\"", undefined],
        ["a=b\"c\"", undefined],
        ["a=\"b\"c", undefined],
        ["a=\"b\" c=\"d\"", undefined],
        [String.raw`a="b\"`, undefined],
    ];
    for (const [written, value] of table) {
        const read = parseMatchers(written);
        if (value === undefined) {
            equal(typeof read, "string", written);
        } else {
            ok(Array.isArray(read) && read.length === 1, written);
            equal(read[0].value, value, written);
            deepEqual(parseMatchers(writeMatcher(read[0])), read, written);
        }
    }
});

test("a_value_with_any_character_is_written_so_that_it_is_read_again", () => {
    for (const value of ["\t", "\\", "\\n", "\n", "\"", "\\\"", ",", "\u0001", "{}", "a\\"]) {
        const matcher = { name: "a", value, isRegex: false, isEqual: true };
        deepEqual(parseMatchers(writeMatcher(matcher)), [matcher], JSON.stringify(value));
    }
});

test("what_is_no_matcher_is_said", () => {
    for (const broken of ["", "  ", "x", "=a", "a=\"b", "a=\"b\" c=\"d\"", "1a=b"]) {
        equal(typeof parseMatchers(broken), "string", broken);
    }
});

test("the_matchers_for_an_alert_match_it", () => {
    const matchers = parseMatchers(matchersFor(alert));
    ok(Array.isArray(matchers));
    const silence = { state: "active", matchers } as Silence;
    equal(silences(silence, alert), true);
    equal(silences({ ...silence, state: "expired" }, alert), false);
    equal(silences(silence, { ...alert, labels: { alertname: "B" } }), false);
});

test("patterns_of_silences_are_for_whole_values", () => {
    const by = (value: string, isEqual = true) => silences(
        { state: "active",
            matchers: [{ name: "alertname", value, isRegex: true, isEqual }] } as Silence,
        { ...alert, labels: { alertname: "Abc" } });
    equal(by("A.*"), true);
    equal(by("A"), false);
    equal(by("A", false), true);
    equal(by("("), false);
});

test("silences_in_force_come_first", () => {
    const all = readSilences([
        { id: "1", status: { state: "expired" }, endsAt: "2026-01-01T00:00:00Z" },
        { id: "2", status: { state: "active" }, matchers: [{ name: "a", value: "b" }] }, 7,
    ]);
    equal(all[0].id === "2" || all[1].id === "2", true);
    deepEqual(all.find((each) => each.id === "2")?.matchers,
        [{ name: "a", value: "b", isRegex: false, isEqual: true }]);
    deepEqual(readSilences({}), []);
});
