// The page on the running demo, as a person uses it.
import { deepEqual, equal, ok } from "node:assert/strict";
import { execFileSync } from "node:child_process";
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
    await until("several rounds more", async () => asked.length > 12);
    ok(asked.every((end) => end <= to), "all charts keep to the range");
    equal(page.url(), zoomed);
    await page.getByLabel("Back to the last hour").click();
    await until("the last hour", async () => page.url().includes("from=now-1h"));
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
    await row.getByRole("button", { name: /^Expire/ }).click();
    await until("its end", async () => (await row.innerText()).includes("expired"));
    deepEqual(faults, []);
    await context.close();
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
