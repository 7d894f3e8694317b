import { deepEqual, ok } from "node:assert/strict";
import { test } from "node:test";
import { readDashboard } from "../src/model/dashboard";
import { arrange, type Place } from "../src/model/layout";

const placesOf = (panels: unknown[]) => readDashboard({ panels }).rows.map((row) =>
    row.panels.map(({ x, y, w, h }) => [x, y, w, h]));

function arranged(...places: [number, number, number, number][]): number[][] {
    const all = places.map(([x, y, w, h]) => ({ x, y, w, h }));
    arrange(all);
    return all.map(({ x, y, w, h }) => [x, y, w, h]);
}

test("panels_without_a_place_stand_below_each_other_in_the_size_that_grafana_gives_them", () => {
    deepEqual(placesOf([{ type: "stat" }, { type: "text" }, { type: "table" }]),
        [[[0, 0, 6, 3], [0, 3, 6, 3], [0, 6, 6, 3]]]);
});

test("what_a_place_lacks_is_grafanas", () => {
    deepEqual(placesOf([{ type: "stat", gridPos: { x: 12, w: 4 } }]), [[[12, 0, 4, 3]]]);
});

test("a_panel_without_a_place_makes_way_for_nobody", () => {
    // It stands at the top, and comes first where another has the same place.
    deepEqual(placesOf([
        { type: "stat" },
        { type: "text", gridPos: { x: 0, y: 0, w: 24, h: 4 } },
        { type: "table", gridPos: { x: 0, y: 4, w: 12, h: 8 } },
    ]), [[[0, 0, 6, 3], [0, 3, 24, 4], [0, 7, 12, 8]]]);
});

test("rows_without_a_place_keep_their_panels", () => {
    const rows = readDashboard({ panels: [
        { type: "row", title: "a" }, { type: "stat", title: "1" }, { type: "stat", title: "2" },
        { type: "row", title: "b", collapsed: true, panels: [{ type: "stat", title: "3" },
            { type: "stat", title: "4" }] },
    ] }).rows;
    deepEqual(rows.map((row) => [row.title, row.panels.map((each) => [each.title, each.y])]),
        [["a", [["1", 0], ["2", 3]]], ["b", [["3", 0], ["4", 3]]]]);
});

test("what_lies_upon_another_moves_below_it", () => {
    deepEqual(arranged([0, 0, 12, 8], [6, 2, 12, 8], [18, 3, 6, 2]),
        [[0, 0, 12, 8], [6, 8, 12, 8], [18, 0, 6, 2]]);
});

test("gaps_are_closed_upwards", () => {
    deepEqual(arranged([0, 0, 12, 2], [0, 50, 12, 2], [12, 90, 12, 2]),
        [[0, 0, 12, 2], [0, 2, 12, 2], [12, 0, 12, 2]]);
});

test("what_reaches_over_the_edge_is_moved_within_it", () => {
    deepEqual(arranged([20, 0, 12, 2]), [[12, 0, 12, 2]]);
});

test("a_dashboard_in_order_stays_as_it_is", () => {
    const places: [number, number, number, number][] = [
        [0, 0, 16, 4], [16, 0, 5, 4], [21, 0, 3, 4], [0, 4, 4, 6], [4, 4, 4, 6], [8, 4, 8, 6],
        [16, 4, 8, 6], [0, 10, 24, 1]];
    deepEqual(arranged(...places), places);
});

test("whatever_is_given_no_two_panels_meet", () => {
    let seed = 42;
    const next = (most: number) => {
        seed = (seed * 1103515245 + 12345) % 2147483648;
        return seed % most;
    };
    for (let round = 0; round < 200; ++round) {
        const places: Place[] = Array.from({ length: 1 + next(30) }, () => ({
            x: next(24), y: next(40), w: 1 + next(24), h: 1 + next(12),
        }));
        arrange(places);
        places.forEach((a, i) => {
            ok(a.x >= 0 && a.x + a.w <= 24 && a.y >= 0);
            places.slice(i + 1).forEach((b) => ok(a.x >= b.x + b.w || b.x >= a.x + a.w
                || a.y >= b.y + b.h || b.y >= a.y + a.h));
        });
    }
});
