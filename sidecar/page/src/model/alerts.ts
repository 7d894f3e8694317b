// Alerts and silences as the sidecar's APIs answer them, put in the order in which a person wants
// to see them. The alerts page, the alert list and the verdict use it.

import { type Matcher, writeMatcher } from "./matchers";
import { list, object, text } from "./read";
import { type Labels, parseValue } from "./series";

export interface Alert {
    name: string;
    state: "firing" | "pending";
    severity: string;
    labels: Labels;
    summary: string;
    description: string;
    since: number; // milliseconds
    value: number;
    noData: boolean;
}

export interface Silence {
    id: string;
    state: "active" | "pending" | "expired";
    matchers: Matcher[];
    startsAt: number;
    endsAt: number;
    createdBy: string;
    comment: string;
}

const ranks = ["critical", "error", "warning", "info", "none", ""];

export function rank(severity: string): number {
    const found = ranks.indexOf(severity);
    return found < 0 ? 2 : found;
}

const labelsOf = (value: unknown): Labels =>
    Object.fromEntries(Object.entries(object(value)).map(([name, each]) => [name, text(each)]));

export function readAlerts(data: unknown): Alert[] {
    return list(object(data).alerts)
        .map(object)
        .map((json): Alert => {
            const labels = labelsOf(json.labels);
            const notes = object(json.annotations);
            return {
                name: labels.alertname ?? "",
                state: json.state === "firing" ? "firing" : "pending",
                severity: labels.severity ?? "",
                labels,
                summary: text(notes.summary) || (labels.alertname ?? ""),
                description: text(notes.description),
                since: Date.parse(text(json.activeAt)),
                value: parseValue(json.value),
                noData: json.noData === true,
            };
        })
        .sort((a, b) => (a.state < b.state ? -1 : a.state > b.state ? 1 : 0)
            || rank(a.severity) - rank(b.severity) || b.since - a.since
            || a.name.localeCompare(b.name));
}

export function readSilences(data: unknown): Silence[] {
    const order = ["active", "pending", "expired"];
    return list(data)
        .map(object)
        .map((json): Silence => ({
            id: text(json.id),
            state: text(object(json.status).state) as Silence["state"],
            matchers: list(json.matchers).map(object).map((each) => ({
                name: text(each.name), value: text(each.value),
                isRegex: each.isRegex === true, isEqual: each.isEqual !== false,
            })),
            startsAt: Date.parse(text(json.startsAt)),
            endsAt: Date.parse(text(json.endsAt)),
            createdBy: text(json.createdBy),
            comment: text(json.comment),
        }))
        .sort((a, b) => order.indexOf(a.state) - order.indexOf(b.state) || a.endsAt - b.endsAt);
}

export function matchersFor(alert: Alert): string {
    return Object.entries(alert.labels)
        .map(([name, value]) => writeMatcher({ name, value, isRegex: false, isEqual: true }))
        .join("\n");
}

export function silences(silence: Silence, alert: Alert): boolean {
    return silence.state === "active" && silence.matchers.every((matcher) => {
        const value = alert.labels[matcher.name] ?? "";
        let same = value === matcher.value;
        if (matcher.isRegex) {
            try {
                same = new RegExp(`^(?:${matcher.value})$`).test(value);
            } catch {
                return false;
            }
        }
        return same === matcher.isEqual;
    });
}
