// The head of every page: the verdict in one line, and plainly when nobody answers any more.

import type { Level, Verdict } from "../model/verdict";
import { span } from "../model/units";
import { h, setText } from "./dom";

const words = { ok: "OK", warn: "Look", bad: "Act", unknown: "?", dead: "?" };

type Shown = Omit<Verdict, "level"> & { level: Level | "dead" };

export class VerdictBar {
    private readonly word = h("span", { class: "verdict-word" });
    private readonly title = h("span", { class: "verdict-title" });
    private readonly details = h("ul");
    private readonly more = h("details", { class: "verdict-more", hidden: true },
        h("summary"), this.details);
    // What is read aloud: only when it gets better or worse, not each second that passes.
    private readonly aloud = h("span", { class: "aloud", role: "status" });
    readonly element = h("div", { class: "verdict unknown" },
        this.word, this.title, this.more, this.aloud);
    level: Level | "dead" = "unknown";
    private spoken = false;
    private clock: ReturnType<typeof setInterval> | undefined;

    constructor(private readonly changed: () => void) {}

    show(verdict: Verdict): void {
        clearInterval(this.clock);
        this.draw(verdict);
    }

    private draw(verdict: Shown): void {
        if (verdict.level !== this.level || !this.spoken) {
            this.level = verdict.level;
            this.spoken = true;
            this.element.className = `verdict ${verdict.level}`;
            setText(this.aloud, `${words[verdict.level]}: ${verdict.title}`);
            this.changed();
        }
        setText(this.word, words[verdict.level]);
        setText(this.title, verdict.title);
        this.more.hidden = verdict.details.length === 0;
        const summary = this.more.firstElementChild;
        if (summary) {
            setText(summary, `and ${verdict.details.length} more`);
        }
        if (JSON.stringify(verdict.details)
            !== JSON.stringify([...this.details.children].map((each) => each.textContent))) {
            this.details.replaceChildren(...verdict.details.map((each) => h("li", {}, each)));
        }
    }

    // The sidecar does not answer: what is on the screen is old, and grows older by itself.
    unanswered(lastAnswerMs: number, why: string): void {
        const draw = () => this.draw({
            level: "dead", title: `The sidecar does not answer: ${lastAnswerMs === 0
                ? "it has not answered yet"
                : `what you see is ${span((Date.now() - lastAnswerMs) / 1000)} old`}`,
            details: why === "" ? [] : [why],
        });
        clearInterval(this.clock);
        this.clock = setInterval(draw, 1000);
        draw();
    }
}
