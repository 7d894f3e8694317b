// Samples as rows and columns, and the transformations of tables that this page knows: merge,
// organize, labelsToFields, sortBy. The table panel shows them.

import type { Transformation } from "./dashboard";
import { list, number, object, text } from "./read";
import type { Sample } from "./series";

export type Cell = string | number | null;

export interface Column {
    name: string; // as queries and transformations know it
    refId: string; // of values; empty for labels
    numeric: boolean;
}

export interface Table {
    columns: Column[];
    rows: Cell[][];
}

export interface Answer {
    refId: string;
    samples: Sample[];
    names: string[]; // by their legend, one for each sample
    table: boolean; // asked for as a table: labels are columns
}

// The metric's name tells queries apart, not what they are about.
function labelNames(samples: Sample[], several: boolean): string[] {
    const names = new Set<string>();
    samples.forEach((each) => Object.keys(each.labels).forEach((label) => names.add(label)));
    if (several) {
        names.delete("__name__");
    }
    return [...names].sort();
}

function ofOne(answer: Answer, valueName: string, several: boolean): Table {
    const labels = labelNames(answer.samples, several);
    const columns: Column[] = [
        { name: "Time", refId: "", numeric: true },
        ...labels.map((name) => ({ name, refId: "", numeric: false })),
        { name: valueName, refId: answer.refId, numeric: true },
    ];
    const rows = answer.samples.map((each): Cell[] =>
        [each.at * 1000, ...labels.map((label) => each.labels[label] ?? ""), each.value]);
    return { columns, rows };
}

// Rows that agree in every column both have become one, as Grafana merges frames.
function merged(tables: Table[]): Table {
    const columns: Column[] = [];
    for (const table of tables) {
        for (const column of table.columns) {
            if (!columns.some((each) => each.name === column.name)) {
                columns.push(column);
            }
        }
    }
    const isKey = (column: Column) => column.refId === "";
    // What not every answer has cannot tell rows apart.
    const keys = columns.filter((column) => isKey(column) && column.name !== "Time"
        && tables.every((table) => table.columns.some((each) => each.name === column.name)));
    const rows = new Map<string, Cell[]>();
    for (const table of tables) {
        const places = table.columns.map((column) =>
            columns.findIndex((each) => each.name === column.name));
        const keyPlaces = keys.map((key) =>
            table.columns.findIndex((each) => each.name === key.name));
        for (const row of table.rows) {
            let key = JSON.stringify(keyPlaces.map((place) => row[place]));
            let into = rows.get(key);
            // Two of one answer are two rows, even if nothing else tells them apart.
            for (let again = 1; into && clash(into, row, places, columns); ++again) {
                key += `#${again}`;
                into = rows.get(key);
            }
            into ??= new Array<Cell>(columns.length).fill(null);
            places.forEach((place, i) => { into[place] = row[i]; });
            rows.set(key, into);
        }
    }
    return { columns, rows: [...rows.values()] };
}

function clash(into: Cell[], row: Cell[], places: number[], columns: Column[]): boolean {
    return places.some((place, i) => {
        const { name } = columns[place];
        return name !== "Time" && into[place] !== null && into[place] !== row[i];
    });
}

function organize(table: Table, options: Record<string, unknown>): Table {
    const excluded = object(options.excludeByName);
    const order = object(options.indexByName);
    const renamed = object(options.renameByName);
    const kept = table.columns
        .map((column, place) => ({ column, place }))
        .filter(({ column }) => excluded[column.name] !== true)
        .sort((a, b) => number(order[a.column.name], a.place + 1000)
            - number(order[b.column.name], b.place + 1000));
    return {
        columns: kept.map(({ column }) => ({
            ...column, name: text(renamed[column.name]) || column.name,
        })),
        rows: table.rows.map((row) => kept.map(({ place }) => row[place])),
    };
}

export function compare(a: Cell, b: Cell): number {
    if (a === null || b === null) {
        return a === b ? 0 : a === null ? 1 : -1;
    }
    return typeof a === "number" && typeof b === "number" ? a - b
        : String(a).localeCompare(String(b), "en", { numeric: true });
}

export function sortBy(table: Table, name: string, descending: boolean): Table {
    const place = table.columns.findIndex((each) => each.name === name);
    if (place < 0) {
        return table;
    }
    const sign = descending ? -1 : 1;
    const rows = [...table.rows].sort((a, b) => {
        // Nothing is last, whichever way.
        if (a[place] === null || b[place] === null) {
            return compare(a[place], b[place]);
        }
        return sign * compare(a[place], b[place]);
    });
    return { columns: table.columns, rows };
}

export function tableOf(answers: Answer[], transformations: Transformation[]): Table {
    const asTable = answers.every((each) => each.table)
        || transformations.some((each) => each.id === "labelsToFields");
    if (!asTable) {
        // Series by name, with the newest value of each.
        const rows = answers.flatMap((answer) =>
            answer.samples.map((each, i): Cell[] => [answer.names[i], each.value]));
        const refId = answers[0]?.refId ?? "A";
        return transform({
            columns: [{ name: "Series", refId: "", numeric: false },
                { name: "Value", refId, numeric: true }],
            rows,
        }, transformations);
    }
    const several = answers.length > 1;
    const tables = answers.map((each) =>
        ofOne(each, several ? `Value #${each.refId}` : "Value", several));
    return transform(several ? merged(tables) : tables[0] ?? { columns: [], rows: [] },
        transformations);
}

function transform(table: Table, transformations: Transformation[]): Table {
    return transformations.reduce((current, { id, options }) => {
        if (id === "organize") {
            return organize(current, options);
        }
        if (id === "sortBy") {
            return list(options.sort).map(object).reduceRight<Table>(
                (sorted, each) => sortBy(sorted, text(each.field), each.desc === true), current);
        }
        return current;
    }, table);
}
