// Asks the sidecar, a few questions at a time, and keeps count of whether it answers and of what
// time it is there. All views ask through it.

import { type Alert, readAlerts, readSilences, type Silence } from "../model/alerts";
import { Queue } from "../model/queue";
import { object, text } from "../model/read";
import { type Frame, readFrame, readSamples, type Sample } from "../model/series";

const timeoutMs = 20_000;
const retries = 3;

class Refused extends Error {
    constructor(message: string, readonly crowded: boolean) {
        super(message);
    }
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

export class Api {
    private readonly queue = new Queue(3);
    private offsetMs = 0; // the sidecar's clock less this browser's
    lastAnswerMs = 0; // by the browser's clock; 0: never
    lastFailure = "";

    // The sidecar's time, in milliseconds.
    now(): number {
        return Date.now() + this.offsetMs;
    }

    private async once(path: string, init: RequestInit): Promise<unknown> {
        let response: Response;
        let body: string;
        try {
            response = await fetch(path, {
                ...init, credentials: "same-origin", signal: AbortSignal.timeout(timeoutMs),
            });
            body = await response.text();
        } catch (problem) {
            this.lastFailure = String((problem as Error).message ?? problem);
            throw new Refused("the sidecar does not answer", false);
        }
        this.lastAnswerMs = Date.now();
        this.lastFailure = "";
        let json: unknown = null;
        try {
            json = body === "" ? null : JSON.parse(body);
        } catch {
            throw new Refused(`${path} answered ${response.status} and no JSON`, false);
        }
        if (!response.ok) {
            const why = typeof json === "string" ? json : text(object(json).error);
            throw new Refused(why || `${path} answered ${response.status}`,
                response.status === 503 && object(json).errorType === "unavailable");
        }
        return json;
    }

    private async ask(path: string, init: RequestInit = {}): Promise<unknown> {
        for (let tried = 0; ; ++tried) {
            try {
                return await this.queue.run(() => this.once(path, init));
            } catch (problem) {
                if (!(problem instanceof Refused) || !problem.crowded || tried >= retries) {
                    throw problem;
                }
                // Others ask as well: not all of them again at the same moment.
                await pause(200 * 2 ** tried * (0.5 + Math.random()));
            }
        }
    }

    private async data(path: string, parameters: Record<string, string>): Promise<unknown> {
        const query = new URLSearchParams(parameters).toString();
        // A form instead of an address that may be too long for what stands between.
        const json = query.length < 1500
            ? await this.ask(query === "" ? path : `${path}?${query}`)
            : await this.ask(path, {
                method: "POST", body: query,
                headers: { "Content-Type": "application/x-www-form-urlencoded" },
            });
        return object(json).data;
    }

    // Without a time: now, as the sidecar has it.
    async query(expr: string, at?: number): Promise<Sample[]> {
        const begun = Date.now();
        const data = await this.data("/api/v1/query",
            at === undefined ? { query: expr } : { query: expr, time: String(at) });
        const samples = readSamples(data);
        if (at === undefined && samples.length > 0 && Date.now() - begun < 1000) {
            this.offsetMs = samples[0].at * 1000 - (begun + Date.now()) / 2;
        }
        return samples;
    }

    async queryRange(expr: string, grid: { start: number; end: number }, step: number,
        refId: string): Promise<Frame> {
        const data = await this.data("/api/v1/query_range", {
            query: expr, start: String(grid.start), end: String(grid.end), step: String(step),
        });
        return readFrame(data, grid, step, refId);
    }

    async labelValues(label: string, metric: string): Promise<string[]> {
        const data = await this.data(`/api/v1/label/${encodeURIComponent(label)}/values`,
            metric === "" ? {} : { "match[]": metric });
        return Array.isArray(data) ? data.map(String) : [];
    }

    async alerts(): Promise<Alert[]> {
        return readAlerts(await this.data("/api/v1/alerts", {}));
    }

    async silences(): Promise<Silence[]> {
        return readSilences(await this.ask("/api/v2/silences"));
    }

    async createSilence(body: unknown): Promise<void> {
        await this.ask("/api/v2/silences", {
            method: "POST", body: JSON.stringify(body),
            headers: { "Content-Type": "application/json" },
        });
    }

    async expireSilence(id: string): Promise<void> {
        await this.ask(`/api/v2/silence/${encodeURIComponent(id)}`, { method: "DELETE" });
    }

    document(path: string): Promise<unknown> {
        return this.ask(path);
    }
}
