// The page: the bar with navigation, time range and theme, the verdict, and one of the views. It
// decides when to read anew: never while it is hidden, never before the round before has ended.

import type { Alert } from "./model/alerts";
import { Samples } from "./model/samples";
import { judge, judgeAlerts, markOf, verdictMetrics } from "./model/verdict";
import { AlertsView } from "./view/alerts_view";
import { Api } from "./view/api";
import { ConsumersView } from "./view/consumers_view";
import { DashboardView } from "./view/dashboard_view";
import { h, setText } from "./view/dom";
import { GraphView } from "./view/graph_view";
import { State } from "./view/state";
import { TargetsView } from "./view/targets_view";
import * as theme from "./view/theme";
import { timeBar } from "./view/time_bar";
import { VerdictBar } from "./view/verdict_bar";
import type { Context, View } from "./view/view";

const pages: Record<string, [string, new (context: Context) => View]> = {
    "/": ["Overview", DashboardView],
    "/alerts": ["Alerts", AlertsView],
    "/consumers": ["Consumers", ConsumersView],
    "/targets": ["Targets", TargetsView],
    "/graph": ["Graph", GraphView],
};

class Shell {
    private readonly api = new Api();
    private readonly state = new State();
    private readonly verdict = new VerdictBar(() => this.writeTitle());
    private readonly main = h("main", { id: "main", tabindex: -1 });
    private readonly notice = h("p", { class: "notice", role: "alert", hidden: true });
    private readonly links = new Map<string, HTMLAnchorElement>();
    private readonly context: Context;
    private view: View | undefined;
    private path = "";
    private alerts: Alert[] | undefined; // until somebody has said which there are
    private samples = new Samples([]);
    private timer: ReturnType<typeof setTimeout> | undefined;
    private running = false;
    private again = false;

    constructor() {
        this.context = {
            api: this.api, state: this.state,
            alerts: () => this.alerts, samples: () => this.samples,
            refreshNow: () => this.refreshNow(),
        };
        const nav = h("nav", { "aria-label": "Pages" });
        for (const [path, [name]] of Object.entries(pages)) {
            const link = h("a", { href: path }, name);
            this.links.set(path, link);
            nav.append(link);
        }
        document.body.replaceChildren(
            h("a", { class: "skip", href: "#main" }, "Skip to the content"),
            h("header", { class: "bar" }, h("span", { class: "brand" }, "opsmon"), nav,
                timeBar(this.context)),
            this.verdict.element, this.notice, this.main);
        document.addEventListener("click", (event) => this.follow(event));
        addEventListener("popstate", () => {
            this.state.returned();
            this.open(location.pathname);
        });
        document.addEventListener("visibilitychange", () => this.refreshNow());
        this.state.onChange(() => this.refreshNow());
    }

    private follow(event: MouseEvent): void {
        const link = (event.target as Element).closest?.("a");
        if (!link || event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey
            || link.origin !== location.origin || !(link.pathname in pages)
            || link.getAttribute("href")?.startsWith("#")) {
            return;
        }
        event.preventDefault();
        history.pushState(null, "", link.pathname + this.state.search(link.pathname));
        this.open(link.pathname);
        this.main.focus({ preventScroll: true });
    }

    open(path: string): void {
        const known = path in pages ? path : "/";
        if (known === this.path) {
            return;
        }
        this.path = known;
        const [name, type] = pages[known];
        this.writeTitle();
        for (const [each, link] of this.links) {
            if (each === known) {
                link.setAttribute("aria-current", "page");
            } else {
                link.removeAttribute("aria-current");
            }
        }
        document.body.dataset.page = name.toLowerCase();
        this.view?.destroy();
        this.view = new type(this.context);
        this.main.replaceChildren(this.view.element);
        scrollTo(0, 0);
        this.refreshNow();
    }

    private writeTitle(): void {
        document.title = `${markOf(this.verdict.level)}${pages[this.path]?.[0] ?? ""} – opsmon`;
    }

    private refreshNow(): void {
        clearTimeout(this.timer);
        if (this.running) {
            this.again = true;
        } else {
            void this.round();
        }
    }

    // One of the two may be refused: the other is told all the same.
    private async readVerdict(): Promise<void> {
        const [samples, alerts] = await Promise.allSettled([
            this.api.query(verdictMetrics), this.api.alerts(),
        ]);
        this.alerts = alerts.status === "fulfilled" ? alerts.value : undefined;
        if (samples.status === "fulfilled") {
            this.samples = new Samples(samples.value);
            const why = alerts.status === "rejected" ? String(alerts.reason.message) : "";
            this.verdict.show(judge(this.samples, this.alerts, this.api.now() / 1000, why));
        } else if (this.alerts) {
            this.verdict.show(judgeAlerts(this.alerts, String(samples.reason.message)));
        } else {
            throw samples.reason;
        }
    }

    private async round(): Promise<void> {
        if (document.hidden) {
            return; // it begins again when somebody looks
        }
        this.running = true;
        this.again = false;
        const begun = performance.now();
        // A sidecar that does not answer this is not asked for the rest.
        const [verdict] = await Promise.allSettled([this.readVerdict()]);
        const [view] = await Promise.allSettled([
            this.api.lastFailure === "" ? this.view?.refresh() : undefined,
        ]);
        if (verdict.status === "rejected") {
            const { lastFailure, lastAnswerMs } = this.api;
            if (lastFailure !== "") {
                this.verdict.unanswered(lastAnswerMs, lastFailure);
            } else {
                this.verdict.show({
                    level: "unknown", title: `The verdict is not known: ${verdict.reason.message}`,
                    details: [],
                });
            }
        }
        this.notice.hidden = view.status === "fulfilled" || this.api.lastFailure !== "";
        setText(this.notice, view.status === "rejected" ? String(view.reason.message) : "");
        this.running = false;
        if (this.again) {
            void this.round();
        } else if (this.state.refreshMs > 0) {
            this.timer = setTimeout(() => this.refreshNow(),
                Math.max(250, this.state.refreshMs - (performance.now() - begun)));
        }
    }
}

theme.begin();
new Shell().open(location.pathname);
