// Reads what a panel's queries answer. Of a range that moves on it asks only for what is new and
// joins it to what it has.

import type { Panel, Target } from "../model/dashboard";
import { type Frame, join } from "../model/series";
import { durationMs, grid, isLive, type Range, resolve, type Span, stepFor } from "../model/time";
import { fill, type Holding, type Window } from "../model/variables";
import type { Api } from "./api";
import type { Answer } from "./panels/panel";

const overTime = new Set(["timeseries", "heatmap", "state-timeline"]);
const stepLeast = 5; // seconds
const scrapeSeconds = 10; // between the samples that the history keeps
const settledAfter = 20; // seconds: older points do not change any more

interface Kept {
    key: string;
    frame: Frame;
}

export interface Loaded {
    answers: Answer[];
    span: Span;
    errors: string[];
}

export class Loader {
    private kept: Kept[] = [];

    constructor(private readonly panel: Panel, private readonly api: Api) {}

    window(range: Range, width: number): Window & { span: Span } {
        const span = resolve(range, this.api.now());
        const written = [this.panel.interval, ...this.panel.targets.map((each) => each.interval)]
            .map((each) => (durationMs(each.replace(/^>/, "")) ?? 0) / 1000);
        const points = Math.min(600, Math.max(60, Math.floor(width / 2)));
        return {
            span,
            stepSeconds: stepFor(span, points, Math.max(stepLeast, ...written)),
            rangeSeconds: (span.to - span.from) / 1000,
            fromMs: span.from,
            toMs: span.to,
            scrapeSeconds,
        };
    }

    async load(range: Range, holding: Holding, width: number): Promise<Loaded> {
        const window = this.window(range, width);
        const errors: string[] = [];
        const answers = await Promise.all(this.panel.targets.map(async (target, index) => {
            const expr = fill(target.expr, holding, window);
            const legend = fill(target.legend, holding, window);
            try {
                return await this.ask(target, index, expr, legend, range, window);
            } catch (problem) {
                errors.push((problem as Error).message);
                const frame = this.kept[index]?.frame;
                return frame ? { target, legend, frame } : { target, legend };
            }
        }));
        return { answers, span: window.span, errors };
    }

    private async ask(target: Target, index: number, expr: string, legend: string, range: Range,
        window: Window & { span: Span }): Promise<Answer> {
        const { span, stepSeconds: step } = window;
        const instant = !overTime.has(this.panel.type)
            && (target.instant || target.format === "table" || this.panel.type === "table");
        if (instant) {
            const at = isLive(range) ? undefined : span.to / 1000;
            return { target, legend, samples: await this.api.query(expr, at) };
        }
        const whole = grid(span, step);
        const key = JSON.stringify([expr, step]);
        const known = this.kept[index]?.key === key ? this.kept[index].frame : undefined;
        const knownEnd = known ? known.start + (known.count - 1) * step : 0;
        // The newest points may have been asked for before their samples had come.
        const back = Math.ceil(settledAfter / step) * step;
        const fresh = known && known.start <= whole.start && knownEnd >= whole.start + back
            && knownEnd <= whole.end
            ? { start: Math.max(whole.start, knownEnd - back), end: whole.end } : whole;
        const asked = await this.api.queryRange(expr, fresh, step, target.refId);
        const frame = known && fresh !== whole ? join(known, asked, whole.start) : asked;
        this.kept[index] = { key, frame };
        return { target, legend, frame };
    }
}
