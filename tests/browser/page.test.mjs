// The page on the running demo, as a person uses it.
import { deepEqual, equal, ok } from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createServer } from "node:http";
import { after, before, test } from "node:test";
import { base, openBrowser, openPage, until } from "./browser.mjs";

const root = process.env.OPSMON_ROOT;
const pictures = process.env.OPSMON_PICTURES;
let browser;
before(async () => { browser = await openBrowser(); });
after(async () => { await browser.close(); });

const verdict = (page) => page.locator(".verdict").getAttribute("class");
const numbers = (page) => page.locator(".gauge-text, .stat-value, .bar-value, .legend-value")
    .allTextContents();
// All panels on the screen have been drawn.
const ready = (page) => until("panels with values", async () =>
    (await page.locator(".gauge-text").count()) >= 2
    && await page.evaluate(() => [...document.querySelectorAll(".panel")].every((each) =>
        each.getBoundingClientRect().top > innerHeight || !each.offsetParent
        || each.querySelector(".panel-body")?.firstElementChild)));
const picture = (page, name) => page.screenshot({ path: `${pictures}/${name}.png` });

async function drag(page, chart, from, to) {
    await chart.scrollIntoViewIfNeeded();
    const box = await chart.boundingBox();
    await page.mouse.move(box.x + box.width * from, box.y + box.height / 2);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width * to, box.y + box.height / 2, { steps: 8 });
    await page.mouse.up();
}

test("shows_values_that_move_and_asks_nobody_else", async () => {
    const { page, context, faults } = await openPage(browser, "/?from=now-5m&to=now");
    await ready(page);
    ok(/^(OK|Look|Act)$/i.test(await page.locator(".verdict-word").innerText()));
    equal(await page.locator(".panel .fault:not([hidden])").count(), 0);
    const first = JSON.stringify(await numbers(page));
    await until("other values", async () => JSON.stringify(await numbers(page)) !== first);
    await page.evaluate(() => scrollTo(0, document.body.scrollHeight));
    await until("the panels at the end", async () =>
        (await page.locator(".panel .chart canvas").count()) > 5);
    deepEqual(faults, []);
    await context.close();
});

test("a_zoom_is_for_all_charts_and_stays", async () => {
    const { page, context, faults } = await openPage(browser, "/?from=now-5m&to=now");
    await ready(page);
    await page.getByLabel("Refresh", { exact: true }).selectOption("1s");
    const chart = page.locator(".panel-timeseries .u-over").first();
    await drag(page, chart, 0.3, 0.7);
    await until("a range in the address", async () => /from=\d{13}&to=\d{13}/.test(page.url()));
    const zoomed = page.url();
    const [from, to] = [...zoomed.matchAll(/\d{13}/g)].map(Number);
    ok(to - from > 60_000 && to - from < 200_000, `${to - from} ms`);
    const asked = [];
    page.on("request", (request) => {
        if (request.url().includes("query_range")) {
            asked.push(Number(new URL(request.url()).searchParams.get("end")) * 1000);
        }
    });
    // What waited in the queue was asked for before.
    await until("the first that is asked for since", async () => asked.some((end) => end <= to));
    asked.splice(0, asked.findIndex((end) => end <= to));
    await until("several rounds more", async () => asked.length > 12);
    ok(asked.every((end) => end <= to), "all charts keep to the range");
    equal(page.url(), zoomed);
    await page.goBack();
    await until("the range before", async () => page.url().includes("from=now-5m"));
    await page.goForward();
    await until("the zoom", async () => page.url() === zoomed);
    await page.getByLabel("Back to the range before").click();
    await until("the range before", async () => page.url().includes("from=now-5m"));
    deepEqual(faults, []);
    await context.close();
});

test("an_address_that_names_no_range_is_said_so", async () => {
    const { page, context, faults } = await openPage(browser, "/?from=abc");
    await ready(page);
    const word = page.getByText("abc to now, which is no range");
    ok(await word.isVisible());
    await page.getByLabel("Time range").selectOption("15m");
    await until("its end", async () => !await word.isVisible());
    deepEqual(faults, []);
    await context.close();
});

test("the_theme_is_switched_and_remembered", async () => {
    const { page, context, faults } = await openPage(browser);
    const theme = () => page.evaluate(() => document.documentElement.dataset.theme);
    equal(await theme(), "dark");
    await page.getByLabel("Theme").selectOption("light");
    equal(await theme(), "light");
    await page.reload();
    await ready(page);
    equal(await theme(), "light");
    await page.getByLabel("Theme").selectOption("system");
    equal(await theme(), "dark");
    deepEqual(faults, []);
    await context.close();
});

test("every_page_opens_by_keyboard_and_tells_something", async () => {
    const { page, context, faults } = await openPage(browser);
    await ready(page);
    const tells = {
        Alerts: "There is no silence", Consumers: "standby_1", Targets: "postgresql_guard",
    };
    for (const [name, text] of Object.entries(tells)) {
        await page.locator("nav a", { hasText: name }).focus();
        await page.keyboard.press("Enter");
        await until(`${text} on ${name}`, async () =>
            (await page.locator("main").innerText()).includes(text));
        equal(await page.locator("nav a[aria-current]").innerText(), name);
    }
    await page.goBack();
    equal(new URL(page.url()).pathname, "/consumers");
    await page.goto(`${base}/`);
    await page.keyboard.press("Tab");
    equal(await page.evaluate(() => document.activeElement.className), "skip");
    deepEqual(faults, []);
    await context.close();
});

test("everything_that_is_used_has_a_name", async () => {
    const { page, context } = await openPage(browser);
    await ready(page);
    const nameless = await page.evaluate(() => [...document.querySelectorAll(
        "button, select, input, textarea, a")].filter((each) =>
        !(each.getAttribute("aria-label") || each.textContent.trim() || each.labels?.length))
        .map((each) => each.outerHTML.slice(0, 80)));
    deepEqual(nameless, []);
    await context.close();
});

test("a_silence_is_created_and_expired", async () => {
    const { page, context, faults } = await openPage(browser, "/alerts");
    const row = page.locator("tr", { hasText: "NobodyFires" });
    await page.getByLabel("Matchers, one a line").fill("this is none");
    await page.getByLabel("Your name").fill("a test");
    await page.getByLabel("Why").fill("to see that it works");
    await page.getByRole("button", { name: "Create silence" }).click();
    ok((await page.locator(".message").innerText()).startsWith("This is no matcher"));
    await page.getByLabel("Matchers, one a line").fill("alertname=\"NobodyFires\"");
    await page.getByLabel("Duration").selectOption("15m");
    await page.getByRole("button", { name: "Create silence" }).click();
    await until("the silence", async () => (await row.innerText().catch(() => ""))
        .includes("active"));
    const badge = row.locator(".mark");
    ok((await badge.boundingBox()).width > 30, "a badge has room for its word");
    equal(await badge.evaluate((each) => getComputedStyle(each).fontStyle), "normal");
    await row.getByRole("button", { name: /^Expire/ }).click();
    await until("its end", async () => (await row.innerText()).includes("expired"));
    equal(await page.evaluate(() => document.activeElement.getAttribute("aria-label")),
        "Silences", "the focus stays in its table");
    deepEqual(faults, []);
    await context.close();
});

// A real page of another origin, from a server of its own: another port and another name.
test("a_page_of_another_origin_changes_nothing", async () => {
    const context = await browser.newContext();
    const page = await context.newPage();
    const asked = async (path) => (await context.request.get(base + path)).text();
    const state = async () => [
        (await asked("/metrics"))
            .match(/^opsmon_config_last_reload_success_timestamp_seconds .*$/m)?.[0],
        JSON.parse(await asked("/api/v2/silences")).length];
    const before = await state();
    ok(before[0], "there is a time of the last reload");
    const evil = createServer((request, response) => {
        response.setHeader("Content-Type", "text/html");
        response.end("<!doctype html><title>evil</title><iframe name=f></iframe>");
    });
    await new Promise((resolve) => evil.listen(0, "127.0.0.1", resolve));
    try {
        await page.goto(`http://localhost:${evil.address().port}/`);
        const outcomes = [];
        const note = (request, outcome) => {
            if (request.url().startsWith(base) && request.method() === "POST") {
                outcomes.push(outcome);
            }
        };
        page.on("response", (response) => note(response.request(), response.status()));
        page.on("requestfailed", (request) => note(request, request.failure().errorText));
        const silence = JSON.stringify({
            matchers: [{ name: "a", value: "b", isRegex: false }], comment: "x",
            startsAt: "2026-01-01T00:00:00Z", endsAt: "2199-01-01T00:00:00Z", createdBy: "evil",
        });
        const answers = await page.evaluate(async ([to, body]) => {
            const out = [];
            const send = (path, init) => fetch(to + path, { method: "POST", ...init })
                .then((answer) => answer.type, () => "failed");
            out.push(await send("/-/reload", { mode: "no-cors" }));
            out.push(await send("/api/v2/silences", { mode: "no-cors", body }));
            out.push(await send("/api/v2/silences", { body,
                headers: { "Content-Type": "application/json" } }));
            out.push(await send("/api/v1/query", { mode: "no-cors",
                body: new URLSearchParams({ query: "up" }) }));
            const form = document.createElement("form");
            Object.assign(form, { method: "post", action: `${to}/-/reload`, target: "f" });
            document.body.append(form);
            form.submit();
            return out;
        }, [base, silence]);
        // Cross-Origin-Resource-Policy keeps even the emptiest answer from it.
        deepEqual(answers, ["failed", "failed", "failed", "failed"]);
        await until("the end of all of them", async () => outcomes.length >= 5);
        ok(outcomes.every((each) => each === 403 || String(each).startsWith("net::ERR_")),
            `${outcomes}`);
        deepEqual(await state(), before);
    } finally {
        evil.close();
        await context.close();
    }
});

test("what_others_chose_is_never_taken_for_markup", async () => {
    const { page, context, faults } = await openPage(browser, "/alerts");
    const evil = "<img src=x onerror=document.title='taken'><script>1</script>";
    await page.route("**/api/v1/alerts", (route) => route.fulfill({ json: {
        status: "success",
        data: { alerts: [{ labels: { alertname: evil, slot: evil, severity: evil },
            annotations: { summary: evil, description: evil }, state: "firing",
            activeAt: new Date().toISOString(), value: "1" }] },
    } }));
    await page.reload();
    await until("the alert", async () => (await page.locator("main").innerText()).includes(evil));
    equal(await page.locator("img, main script").count(), 0);
    ok(!(await page.title()).includes("taken"));
    deepEqual(faults, []);
    await context.close();
});

const answered = (...rows) => ({ json: { status: "success", data: { resultType: "vector",
    result: rows.map(([metric, value]) =>
        ({ metric, value: [Date.now() / 1000, String(value)] })) } } });
const asks = (route) => new URL(route.request().url()).searchParams.get("query") ?? "";
const alertOf = (labels, summary) => ({ json: { status: "success", data: { alerts: [{ labels,
    annotations: { summary, description: "" }, state: "firing", value: "1",
    activeAt: new Date().toISOString() }] } } });

test("which_of_many_services_is_down_can_be_read", async () => {
    for (const [count, size] of [[11, { width: 390, height: 844 }],
        [16, { width: 1440, height: 900 }]]) {
        const { page, context } = await openPage(browser, "/", { viewport: size });
        const rows = Array.from({ length: count }, (_, i) =>
            [{ service: `a_service_with_a_name_${i}` }, i === 0 ? 0 : 1]);
        await page.route("**/api/v1/query?*", (route) =>
            asks(route).includes("service_health_status{instance")
                ? route.fulfill(answered(...rows)) : route.continue());
        await page.reload();
        const panel = page.getByLabel("Service health", { exact: true });
        await panel.waitFor();
        await panel.scrollIntoViewIfNeeded();
        await until("the services", async () => await panel.locator(".stat").count() === count);
        const boxes = () => panel.locator(".stat").evaluateAll((all) => all.map((each) => {
            const [name, value] = [...each.children].map((one) => one.getBoundingClientRect());
            const whole = each.getBoundingClientRect();
            return name.height >= 12 && value.height >= 12 && whole.height >= name.height
                && name.left >= whole.left && name.right <= value.left + 1
                && each.firstChild.scrollWidth <= each.firstChild.clientWidth + 1;
        }));
        await until("room for every name", async () => (await boxes()).every(Boolean));
        // In one go: it is drawn anew meanwhile.
        const [body, first] = await panel.evaluate((each) => [".values", ".stat"].map((name) => {
            const { y, height } = each.querySelector(name).getBoundingClientRect();
            return { y, height };
        }));
        ok(first.y >= body.y && first.y + first.height <= body.y + body.height + 1);
        await context.close();
    }
});

test("buttons_keep_their_words_beside_long_values", async () => {
    for (const width of [390, 1280]) {
        const { page, context } = await openPage(browser, "/alerts",
            { viewport: { width, height: 844 } });
        await page.route("**/api/v1/alerts", (route) => route.fulfill(
            alertOf({ alertname: "Long", path: "x".repeat(400) }, "long")));
        await page.reload();
        const button = page.getByRole("button", { name: "Silence Long" });
        await until("the alert", async () => await button.count() === 1);
        ok((await button.boundingBox()).height < 40, `${width} px`);
        await context.close();
    }
});

test("what_is_critical_is_told_when_the_verdict_is_refused", async () => {
    const { page, context } = await openPage(browser, "/targets");
    await page.route("**/api/v1/query?*", (route) => asks(route).includes("postgresql_up|")
        ? route.fulfill({ status: 422, json: { status: "error", error: "too many queries" } })
        : route.continue());
    await page.route("**/api/v1/alerts", (route) => route.fulfill(
        alertOf({ alertname: "A", severity: "critical" }, "it burns")));
    await page.reload();
    await until("the alert", async () =>
        (await page.locator(".verdict-title").innerText()) === "it burns");
    ok((await page.title()).startsWith("▲"));
    await page.unroute("**/api/v1/alerts");
    await page.route("**/api/v1/alerts", (route) => route.fulfill(
        { json: { status: "success", data: { alerts: [] } } }));
    await until("that it is not known", async () => (await page.locator(".verdict-title")
        .innerText()) === "The verdict is not known: too many queries");
    ok((await page.title()).startsWith("?"));
    await context.close();
});

test("a_collector_that_fails_says_why", async () => {
    const { page, context } = await openPage(browser, "/targets");
    await page.route("**/api/v1/collectors", (route) => route.fulfill({ json: { collectors: [
        { collector: "cpu", success: false, error: "cannot read <b>it</b>" }] } }));
    await until("the reason", async () => (await page.locator("main").innerText())
        .includes("cannot read <b>it</b>"));
    await context.close();
});

test("nobody_is_not_what_is_said_when_nobody_knows", async () => {
    const { page, context } = await openPage(browser, "/consumers");
    await page.route("**/api/v1/query?*", (route) => asks(route).includes("postgresql_slot_.+")
        ? route.fulfill(answered([{ __name__: "postgresql_up" }, 0])) : route.continue());
    await page.reload();
    await until("that nobody knows", async () => (await page.locator("main").innerText())
        .includes("PostgreSQL does not answer"));
    ok(!(await page.locator("main").innerText()).includes("No slot and no standby"));
    await page.route("**/api/v1/query?*", (route) => route.fulfill(answered()));
    await page.goto(`${base}/`);
    const body = (name) => page.getByLabel(name, { exact: true }).locator(".panel-body");
    for (const name of ["Guard rung", "Would go first", "Fence", "Verdict"]) {
        await until(`that ${name} is not known`, async () =>
            (await body(name).innerText()) === "not known");
    }
    await until("that alerts are not known", async () =>
        (await page.locator(".panel-stat[aria-label=Alerts]").innerText()).includes("not known"));
    await context.close();
});

test("no_page_is_wider_than_a_small_phone", async () => {
    const { page, context, faults } = await openPage(browser, "/",
        { viewport: { width: 320, height: 700 } });
    for (const path of ["/", "/alerts", "/consumers", "/targets", "/graph"]) {
        await page.goto(base + path);
        await until("something", async () => await page.locator("main *").count() > 0);
        equal(await page.evaluate(() => document.documentElement.scrollWidth), 320, path);
    }
    deepEqual(faults, []);
    await context.close();
});

test("a_long_name_beside_a_timeline_is_shown_from_its_beginning", async () => {
    const { page, context, faults } = await openPage(browser, "/targets");
    await page.addInitScript(() => {
        window.written = [];
        const { prototype } = CanvasRenderingContext2D;
        const { fillText } = prototype;
        prototype.fillText = function write(text, x, ...rest) {
            const width = this.measureText(text).width;
            const left = this.textAlign === "right" ? x - width : x;
            window.written.push([String(text), left]);
            return fillText.call(this, text, x, ...rest);
        };
    });
    const name = "WWWWWWWWWWWWWWWWWWWWWWWWWWWWWW";
    await page.route("**/dashboard.json", (route) => route.fulfill({ json: { panels: [
        { type: "state-timeline", title: "long", gridPos: { w: 12, h: 6 },
            targets: [{ expr: "vector(1)", legendFormat: name }] },
    ] } }));
    await page.goto(`${base}/`);
    const [, left] = await until("the name", async () => (await page.evaluate(() =>
        window.written)).find(([text]) => text.startsWith("WWWW")));
    ok(left >= 0, `begins at ${left}`);
    deepEqual(faults, []);
    await context.close();
});

test("panels_without_a_place_do_not_lie_upon_each_other", async () => {
    const { page, context, faults } = await openPage(browser);
    await page.route("**/dashboard.json", (route) => route.fulfill({ json: { panels: [
        { type: "text", title: "one", options: { content: "1" } },
        { type: "text", title: "two", options: { content: "2" } },
        { type: "text", title: "wide", gridPos: { x: 0, y: 0, w: 24, h: 4 } },
        { type: "text", title: "beside", gridPos: { x: 6, w: 6 } },
    ] } }));
    await page.reload();
    const boxOf = (name) => page.getByLabel(name, { exact: true }).boundingBox();
    await page.getByLabel("beside", { exact: true }).waitFor();
    const [one, two, wide, beside] = [await boxOf("one"), await boxOf("two"),
        await boxOf("wide"), await boxOf("beside")];
    ok(two.y >= one.y + one.height && wide.y >= two.y + two.height);
    ok(beside.x >= one.x + one.width && beside.y === one.y, "a gap is filled");
    deepEqual(faults, []);
    await context.close();
});

test("a_menu_is_closed_by_escape", async () => {
    const { page, context } = await openPage(browser);
    await ready(page);
    const menu = page.locator("details.several").first();
    await menu.locator("summary").click();
    await menu.locator("input").first().focus();
    await page.keyboard.press("Escape");
    equal(await menu.evaluate((each) => each.open), false);
    await context.close();
});

test("a_phone_shows_it_in_one_column", async () => {
    const { page, context, faults } = await openPage(browser, "/",
        { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true });
    await ready(page);
    for (const path of ["/", "/alerts", "/consumers", "/targets"]) {
        await page.goto(base + path);
        await until("the page", async () => (await page.locator("main").innerText()).length > 50);
        equal(await page.evaluate(() =>
            document.documentElement.scrollWidth > innerWidth), false, `${path} is too wide`);
    }
    await page.goto(`${base}/`);
    await ready(page);
    await picture(page, "phone");
    deepEqual(faults, []);
    await context.close();
});

test("a_sidecar_that_does_not_answer_is_said_so_and_so_is_its_return", async () => {
    const { page, context } = await openPage(browser, "/consumers");
    await page.getByLabel("Refresh", { exact: true }).selectOption("1s");
    await until("values", async () =>
        (await page.locator("main").innerText()).includes("standby_1"));
    await context.setOffline(true);
    await until("the word", async () =>
        (await page.locator(".verdict").innerText()).includes("The sidecar does not answer"));
    ok((await page.locator("main").innerText()).includes("standby_1"), "the old values stay");
    ok((await page.title()).startsWith("?"));
    await page.getByLabel("Refresh", { exact: true }).selectOption("0");
    const title = () => page.locator(".verdict-title").innerText();
    const old = await title();
    await until("that it grows older", async () => await title() !== old);
    await page.getByLabel("Refresh", { exact: true }).selectOption("1s");
    await context.setOffline(false);
    await until("its return", async () => !(await verdict(page)).includes("dead"));
    await context.close();
});

test("a_link_in_a_message_shows_its_expression_and_takes_another_one", async () => {
    const { page, context, faults } = await openPage(browser,
        `/graph?g0.expr=${encodeURIComponent('system_memory_usage_percent > 0')}&g0.tab=1`);
    await until("a graph", async () => (await page.locator(".panel canvas").count()) === 1);
    await until("a table", async () =>
        /\d/.test(await page.locator(".panel-table tbody").innerText()));
    const field = page.getByLabel("Expression");
    equal(await field.inputValue(), "system_memory_usage_percent > 0");
    await field.fill("sum(<b>");
    await field.press("Enter");
    await until("what is wrong with it", async () =>
        (await page.locator(".panel-table").innerText()).includes("parse error"));
    await field.fill("count(opsmon_collector_success)");
    await field.press("Enter");
    await until("one row", async () => (await page.locator(".panel-table tbody tr").count()) === 1);
    ok(new URL(page.url()).searchParams.get("g0.expr") === "count(opsmon_collector_success)");
    await page.locator("nav a", { hasText: "Targets" }).click();
    ok(!page.url().includes("g0.expr"));
    deepEqual(faults.filter((each) => !each.includes("status of 400")), []);
    await context.close();
});

test("a_query_that_is_refused_is_said_in_its_panel", async () => {
    const { page, context } = await openPage(browser);
    await page.route("**/api/v1/query*", (route) => route.request().url().includes("cpu_usage")
        ? route.fulfill({ status: 422, json: { status: "error", errorType: "execution",
            error: "query processing would load too many samples into memory" } })
        : route.continue());
    await page.reload();
    await until("the reason", async () => (await page.locator(".panel", { hasText: "CPU" })
        .first().innerText()).includes("too many samples"));
    await context.close();
});

test("an_incident_turns_the_overview_red_and_its_end_turns_it_back", async () => {
    const { page, context, faults } = await openPage(browser, "/?from=now-5m&to=now");
    await page.getByLabel("Refresh", { exact: true }).selectOption("1s");
    await ready(page);
    await until("that nothing is bad", async () => !(await verdict(page)).includes("bad"));
    await picture(page, "overview");
    execFileSync(`${root}/demo/incident.sh`, { stdio: "ignore" });
    await until("red", async () => (await verdict(page)).includes("bad"));
    await until("who it is", async () =>
        (await page.locator(".verdict").innerText()).includes("standby_1"));
    await until("the alert in its panel", async () =>
        (await page.locator(".panel-alertlist").first().innerText()).includes("standby_1"));
    await picture(page, "incident");
    const takers = page.getByLabel("Who takes WAL", { exact: true }).first();
    await takers.evaluate((each) =>
        scrollTo(0, each.getBoundingClientRect().top + scrollY - 60));
    await until("who is missing", async () =>
        /standby_1\s+slot\s+(missing|vanished)/.test(await takers.innerText()));
    await until("its graphs", async () => await page.locator(
        "[aria-label='Consumers there and gone'] canvas, [aria-label='Kept, by consumer'] canvas")
        .count() === 2);
    await picture(page, "consumers");
    await page.locator("nav a", { hasText: "Alerts" }).click();
    await page.locator("summary", { hasText: "standby_1" }).click();
    const told = () => page.locator("details[open] pre").innerText();
    const first = await told();
    await until("news in what is open", async () => await told() !== first);
    await picture(page, "alerts");
    await page.locator("nav a", { hasText: "Overview" }).click();
    execFileSync(`${root}/demo/recover.sh`, { stdio: "ignore" });
    await until("not red", async () => !(await verdict(page)).includes("bad"), 60_000);
    await page.getByLabel("Theme").selectOption("light");
    await page.getByRole("button", { name: "PostgreSQL", exact: true })
        .evaluate((each) => scrollTo(0, each.getBoundingClientRect().top + scrollY - 60));
    await ready(page);
    await picture(page, "postgresql");
    deepEqual(faults, []);
    await context.close();
});
