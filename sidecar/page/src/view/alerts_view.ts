// The page /alerts: what fires or waits to, silences, and the form that makes one.

import { type Alert, matchersFor, type Silence, silences } from "../model/alerts";
import { parseMatchers, writeMatcher } from "../model/matchers";
import { keyOf } from "../model/series";
import { durationMs, dayAndClock } from "../model/time";
import { span } from "../model/units";
import { button, h, select, setText } from "./dom";
import { severityMark } from "./panels/texts";
import { cell, Rows } from "./rows";
import type { Context, View } from "./view";

const nameKey = "opsmon-name";

function remembered(): string {
    try {
        return localStorage.getItem(nameKey) ?? "";
    } catch {
        return "";
    }
}

export class AlertsView implements View {
    private readonly alerts = new Rows("Alerts",
        [{ title: "State" }, { title: "Alert" }, { title: "Since" }, { title: "" }],
        "No alert fires, and none waits to.");
    private readonly silences = new Rows("Silences",
        [{ title: "State" }, { title: "Matchers" }, { title: "Until" }, { title: "By" },
            { title: "" }], "There is no silence.");
    private readonly message = h("p", { class: "message", role: "status" });
    private readonly matchers = h("textarea", { id: "matchers", rows: 4, required: true });
    private readonly comment = h("input", { id: "comment", required: true, maxlength: 500 });
    private readonly author = h("input", { id: "author", required: true, maxlength: 100 });
    private lasts = "2h";
    private readonly form: HTMLFormElement;
    readonly element: HTMLElement;

    constructor(private readonly context: Context) {
        this.author.value = remembered();
        const duration = select("Duration", [["15m", "15 minutes"], ["1h", "1 hour"],
            ["2h", "2 hours"], ["8h", "8 hours"], ["1d", "1 day"], ["7d", "1 week"]],
        this.lasts, (value) => { this.lasts = value; });
        duration.id = "duration";
        this.form = h("form", {
            class: "silence-form", "aria-label": "New silence",
            on: { submit: (event) => { event.preventDefault(); void this.create(); } },
        },
        h("label", { for: "matchers" }, "Matchers, one a line"), this.matchers,
        h("label", { for: "duration" }, "Duration"), duration,
        h("label", { for: "author" }, "Your name"), this.author,
        h("label", { for: "comment" }, "Why"), this.comment,
        h("span"), h("button", { type: "submit", class: "primary" }, "Create silence"));
        this.element = h("div", { class: "plain" },
            h("section", { class: "card" }, h("h2", {}, "Alerts"), this.alerts.element),
            h("section", { class: "card" }, h("h2", {}, "Silences"), this.silences.element),
            h("section", { class: "card" }, h("h2", {}, "New silence"),
                h("p", { class: "muted" },
                    "A silence keeps messages about matching alerts back; the alerts stay here."),
                this.form, this.message));
    }

    private say(text: string, bad = false): void {
        setText(this.message, text);
        this.message.classList.toggle("bad-text", bad);
    }

    private async create(): Promise<void> {
        const matchers = parseMatchers(this.matchers.value);
        if (typeof matchers === "string") {
            this.say(matchers, true);
            this.matchers.focus();
            return;
        }
        const now = this.context.api.now();
        try {
            await this.context.api.createSilence({
                matchers,
                startsAt: new Date(now).toISOString(),
                endsAt: new Date(now + (durationMs(this.lasts) ?? 7_200_000)).toISOString(),
                createdBy: this.author.value.trim(),
                comment: this.comment.value.trim(),
            });
            try {
                localStorage.setItem(nameKey, this.author.value.trim());
            } catch {
                // The name has to be typed again next time.
            }
            this.matchers.value = "";
            this.comment.value = "";
            this.say("The silence is in force.");
            await this.refresh();
        } catch (problem) {
            this.say(`No silence was made: ${(problem as Error).message}`, true);
        }
    }

    private async expire(silence: Silence): Promise<void> {
        try {
            await this.context.api.expireSilence(silence.id);
            this.say("The silence has ended.");
            await this.refresh();
        } catch (problem) {
            this.say(`The silence could not be ended: ${(problem as Error).message}`, true);
        }
    }

    private prepare(alert: Alert): void {
        this.matchers.value = matchersFor(alert);
        this.form.scrollIntoView({ block: "center" });
        (this.author.value === "" ? this.author : this.comment).focus();
        this.say("");
    }

    private alertRow(alert: Alert, all: Silence[]): HTMLElement {
        const quiet = all.some((each) => silences(each, alert));
        const key = keyOf(alert.labels);
        const labels = Object.entries(alert.labels)
            .filter(([name]) => name !== "alertname" && name !== "severity")
            .map(([name, value]) => h("span", { class: "label" }, `${name}=${value}`));
        return h("tr", {},
            h("td", {}, severityMark(alert),
                quiet ? h("span", { class: "mark info" }, "silenced") : null,
                alert.noData ? h("span", { class: "mark warn" }, "no data") : null),
            h("td", {}, h("details", { "data-key": key },
                h("summary", { "data-key": `${key} summary` }, h("strong", {}, alert.summary), " ",
                    h("span", { class: "muted" }, alert.name)),
                h("pre", {}, alert.description)), h("div", {}, ...labels)),
            cell(`${span((this.context.api.now() - alert.since) / 1000)}`, false,
                dayAndClock(alert.since)),
            h("td", {},
                button(`Silence ${alert.name}`, () => this.prepare(alert),
                    { "data-key": `${key} button` }, "Silence…")));
    }

    private silenceRow(silence: Silence): HTMLElement {
        const level = silence.state === "active" ? "info" : "pending";
        return h("tr", { class: silence.state === "expired" ? "faded" : "" },
            h("td", {}, h("span", { class: `mark ${level}` }, silence.state)),
            h("td", {}, ...silence.matchers.map((each) =>
                h("span", { class: "label" }, writeMatcher(each))),
            h("div", { class: "muted" }, silence.comment)),
            cell(dayAndClock(silence.endsAt)), cell(silence.createdBy),
            h("td", {}, silence.state === "expired" ? "" : button(
                `Expire the silence ${silence.matchers.map(writeMatcher).join(" ")}`,
                () => void this.expire(silence), { "data-key": silence.id }, "Expire")));
    }

    async refresh(): Promise<void> {
        const alerts = await this.context.api.alerts();
        let all: Silence[] = [];
        try {
            all = (await this.context.api.silences()).filter((each) => each.state !== "expired"
                || this.context.api.now() - each.endsAt < 86_400_000);
            this.form.hidden = false;
        } catch (problem) {
            this.form.hidden = true;
            this.say(`There are no silences here: ${(problem as Error).message}`);
        }
        // How long an alert lasts is written anew now and then.
        this.alerts.draw(alerts, [alerts, all, Math.floor(this.context.api.now() / 10_000)],
            (each) => this.alertRow(each, all));
        this.silences.draw(all, all, (each) => this.silenceRow(each));
    }

    destroy(): void {}
}
