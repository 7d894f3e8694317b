// The sidecar's collectors, one row each: do they succeed, how long do they take, how old is what
// they brought, and why does one fail. The page on targets shows it.

import { list, object, text } from "./read";
import type { Samples } from "./samples";

export interface Collector {
    name: string;
    success: boolean;
    duration: number | undefined; // seconds
    age: number | undefined; // seconds since it last succeeded
    why: string; // the error it reported last; empty: none, or not known
}

export const targetMetrics = "{__name__=~\"opsmon_.+|process_.+\"}";

// What /api/v1/collectors says of each, by name.
export function readErrors(document: unknown): Map<string, string> {
    return new Map(list(object(document).collectors).map(object)
        .map((each) => [text(each.collector), text(each.error)]));
}

export function collectorsOf(samples: Samples, now: number,
    errors: Map<string, string>): Collector[] {
    return samples.all("opsmon_collector_success")
        .map(({ labels, value }) => {
            const by = { collector: labels.collector };
            const last = samples.value("opsmon_collector_last_success_timestamp_seconds", by);
            return {
                name: labels.collector ?? "",
                success: value === 1,
                duration: samples.value("opsmon_collector_duration_seconds", by),
                age: last === undefined || last === 0 ? undefined : Math.max(0, now - last),
                why: errors.get(labels.collector ?? "") ?? "",
            };
        })
        .sort((a, b) => Number(a.success) - Number(b.success) || a.name.localeCompare(b.name));
}
