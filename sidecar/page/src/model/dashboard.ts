// A dashboard file of Grafana's, as far as this page shows it: rows of panels, variables,
// annotations. The views use it. What is not known is said in the panel, never an error.

import { type FieldConfig, readFieldConfig } from "./field";
import { arrange, columns, inReadingOrder, ownPlace, type Place } from "./layout";
import { type Json, list, number, object, text, texts } from "./read";
import { isRange, type Range } from "./time";

export interface Target {
    refId: string;
    expr: string;
    legend: string;
    instant: boolean;
    range: boolean;
    format: string;
    interval: string;
}

export interface Transformation {
    id: string;
    options: Json;
}

export interface Panel extends Place {
    id: number;
    type: string;
    title: string;
    description: string;
    interval: string;
    targets: Target[];
    field: FieldConfig;
    options: Json;
    transformations: Transformation[];
    unsupported: string; // why it cannot be shown; empty where it can
}

export interface Row {
    title: string;
    collapsed: boolean;
    panels: Panel[];
}

export interface Variable {
    name: string;
    label: string;
    type: "query" | "custom" | "interval" | "constant" | "textbox";
    query: string;
    regex: string;
    multi: boolean;
    all: boolean;
    allValue: string;
    hidden: boolean;
    choices: string[]; // of custom and interval
    current: string[];
}

export interface Annotation {
    name: string;
    expr: string;
    title: string;
    text: string;
    color: string;
}

export interface Dashboard {
    title: string;
    rows: Row[];
    variables: Variable[];
    annotations: Annotation[];
    from: string;
    to: string;
    refresh: string;
}

const shown = new Set(["stat", "gauge", "bargauge", "timeseries", "heatmap", "table",
    "state-timeline", "alertlist", "text"]);
const transforms = new Set(["organize", "merge", "labelsToFields", "sortBy"]);

function readTarget(value: unknown): Target {
    const json = object(value);
    const instant = json.instant === true;
    return {
        refId: text(json.refId, "A"),
        expr: text(json.expr),
        legend: text(json.legendFormat),
        instant,
        range: json.range === true || !instant,
        format: text(json.format, "time_series"),
        interval: text(json.interval),
    };
}

// The kinds of data source that a panel's queries are for. One that is named only may be any.
function sourcesOf(json: Json): string[] {
    const { type: own } = object(json.datasource);
    const common = own === "datasource" ? "" : text(own); // mixed: each query says it itself
    return list(json.targets).map(object).filter((each) => each.hide !== true)
        .map((each) => text(object(each.datasource).type) || common)
        .filter((each) => each !== "");
}

function whyUnsupported(json: Json, type: string, transformations: Transformation[]): string {
    if (!shown.has(type)) {
        return `This page does not show panels of type "${type}"; Grafana does.`;
    }
    const other = type === "text" || type === "alertlist" ? undefined
        : sourcesOf(json).find((each) => !each.includes("prometheus"));
    if (other !== undefined) {
        return `A query here is for a data source of type "${other}"; this page asks the sidecar.`;
    }
    const own = ["timeFrom", "timeShift"].find((each) => text(json[each]) !== "");
    if (own !== undefined) {
        return `This page knows no time range of a panel's own ("${own}"); Grafana does.`;
    }
    const unknown = transformations.find((each) => !transforms.has(each.id));
    return unknown ? `This page does not know the transformation "${unknown.id}".` : "";
}

function readPlace(json: Json): Place {
    const given = object(json.gridPos);
    const whole = (value: unknown, otherwise: number, least: number, most: number) =>
        Math.min(most, Math.max(least, Math.round(number(value, otherwise))));
    return {
        x: whole(given.x, ownPlace.x, 0, columns - 1),
        y: whole(given.y, ownPlace.y, 0, 100_000),
        w: whole(given.w, ownPlace.w, 1, columns),
        h: whole(given.h, ownPlace.h, 1, 60),
    };
}

function readPanel(json: Json): Panel {
    const type = text(json.type);
    const transformations = list(json.transformations)
        .map(object)
        .filter((each) => each.disabled !== true)
        .map((each) => ({ id: text(each.id), options: object(each.options) }));
    return {
        id: number(json.id, 0),
        type,
        title: text(json.title),
        description: text(json.description),
        ...readPlace(json),
        interval: text(json.interval),
        targets: list(json.targets)
            .filter((each) => object(each).hide !== true)
            .map(readTarget)
            .filter((each) => each.expr !== ""),
        field: readFieldConfig(json.fieldConfig),
        options: object(json.options),
        transformations,
        unsupported: whyUnsupported(json, type, transformations),
    };
}

// A row is as wide as the page: what stands above it never comes to stand below, so the panels of
// each are arranged by themselves.
function readRows(panels: unknown): Row[] {
    const inOrder = inReadingOrder(list(panels)
        .map((each) => ({ ...readPlace(object(each)), json: object(each) })));
    const rows: Row[] = [];
    for (const { json } of inOrder) {
        if (json.type === "row") {
            rows.push({
                title: text(json.title),
                collapsed: json.collapsed === true,
                panels: list(json.panels).map((each) => readPanel(object(each))),
            });
            continue;
        }
        if (rows.length === 0) {
            rows.push({ title: "", collapsed: false, panels: [] });
        }
        rows[rows.length - 1].panels.push(readPanel(json));
    }
    for (const row of rows) {
        const top = Math.min(...row.panels.map((each) => each.y));
        row.panels.forEach((each) => { each.y -= top; });
        arrange(row.panels);
    }
    return rows;
}

// "a,b : c" as Grafana writes choices: the value stands after the colon, if there is one.
function readChoices(query: string): string[] {
    return query
        .split(",")
        .map((each) => each.trim().replace(/^.*? : /, ""))
        .filter((each) => each !== "");
}

function readVariable(json: Json): Variable | undefined {
    const type = text(json.type);
    if (type !== "query" && type !== "custom" && type !== "interval" && type !== "constant"
        && type !== "textbox") {
        return undefined; // the data source is this sidecar, whatever its name
    }
    const query = typeof json.query === "string" ? json.query : text(object(json.query).query);
    const current = object(json.current).value;
    const hide = json.hide === 2 || json.hide === "hideVariable" || type === "constant";
    const values = typeof current === "string" ? [current] : texts(current);
    return {
        name: text(json.name),
        label: text(json.label) || text(json.name),
        type,
        query,
        regex: text(json.regex),
        multi: json.multi === true,
        all: json.includeAll === true,
        allValue: text(json.allValue),
        hidden: hide,
        choices: type === "custom" || type === "interval" ? readChoices(query) : [],
        current: values.length === 0 && type === "constant" ? [query] : values,
    };
}

function readAnnotation(json: Json): Annotation {
    return {
        name: text(json.name),
        expr: text(json.expr) || text(object(json.target).expr),
        title: text(json.titleFormat),
        text: text(json.textFormat),
        color: text(json.iconColor, "blue"),
    };
}

// One that this page does not know ("now/d") would be shown as another one under its name.
function readRange(json: Json): Range {
    const given = { from: text(json.from, "now-1h"), to: text(json.to, "now") };
    return isRange(given) ? given : { from: "now-1h", to: "now" };
}

export function readDashboard(value: unknown): Dashboard {
    const json = object(value);
    return {
        title: text(json.title, "Dashboard"),
        rows: readRows(json.panels),
        variables: list(object(json.templating).list)
            .map((each) => readVariable(object(each)))
            .filter((each): each is Variable => each !== undefined && each.name !== ""),
        annotations: list(object(json.annotations).list)
            .map(object)
            .filter((each) => each.enable !== false)
            .map(readAnnotation)
            .filter((each) => each.expr !== ""),
        ...readRange(object(json.time)),
        refresh: text(json.refresh),
    };
}
