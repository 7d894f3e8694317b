// The sidecar's collectors, one row each: do they succeed, how long do they take, how old is what
// they brought. The page on targets shows it.

import type { Samples } from "./samples";

export interface Collector {
    name: string;
    success: boolean;
    duration: number | undefined; // seconds
    age: number | undefined; // seconds since it last succeeded
}

export const targetMetrics = "{__name__=~\"opsmon_.+|process_.+\"}";

export function collectorsOf(samples: Samples, now: number): Collector[] {
    return samples.all("opsmon_collector_success")
        .map(({ labels, value }) => {
            const by = { collector: labels.collector };
            const last = samples.value("opsmon_collector_last_success_timestamp_seconds", by);
            return {
                name: labels.collector ?? "",
                success: value === 1,
                duration: samples.value("opsmon_collector_duration_seconds", by),
                age: last === undefined || last === 0 ? undefined : Math.max(0, now - last),
            };
        })
        .sort((a, b) => Number(a.success) - Number(b.success) || a.name.localeCompare(b.name));
}
