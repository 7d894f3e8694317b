// Samples of many metrics, asked by name and labels. The verdict and the pages on consumers and
// collectors use it.

import type { Labels, Sample } from "./series";

export class Samples {
    private readonly byName = new Map<string, Sample[]>();

    constructor(all: Sample[]) {
        for (const sample of all) {
            const name = sample.labels.__name__ ?? "";
            const known = this.byName.get(name);
            if (known) {
                known.push(sample);
            } else {
                this.byName.set(name, [sample]);
            }
        }
    }

    all(name: string): Sample[] {
        return this.byName.get(name) ?? [];
    }

    value(name: string, labels: Labels = {}): number | undefined {
        // No label and an empty one are the same.
        const matches = (sample: Sample) => Object.entries(labels)
            .every(([label, value]) => (sample.labels[label] ?? "") === value);
        return this.all(name).find(matches)?.value;
    }
}
