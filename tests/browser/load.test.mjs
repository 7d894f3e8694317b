// Fifty readers with a refresh of one second, each asking what the page asks: scrapes go on.
import { ok } from "node:assert/strict";
import { get } from "node:http";
import { test } from "node:test";
import { base, openBrowser, openPage, until } from "./browser.mjs";

const readers = 50;
const atOnce = 3; // as the page
const seconds = 15;

function fetchOnce(path) {
    const begun = performance.now();
    return new Promise((resolve) => {
        get(base + path, { agent: false }, (response) => {
            response.resume();
            response.on("end", () => resolve({
                status: response.statusCode, ms: performance.now() - begun,
            }));
        }).on("error", (problem) =>
            resolve({ status: problem.code, ms: performance.now() - begun }));
    });
}

async function scrapes(count) {
    const all = [];
    for (let i = 0; i < count; ++i) {
        all.push(await fetchOnce("/metrics"));
        await new Promise((resolve) => setTimeout(resolve, 100));
    }
    const ms = all.map((each) => each.ms).sort((a, b) => a - b);
    return {
        failed: all.filter((each) => each.status !== 200).length,
        median: ms[Math.floor(ms.length / 2)], worst: ms[ms.length - 1],
        p95: ms[Math.floor(ms.length * 0.95)],
    };
}

// What the page asks in one round, once it has what it needs.
async function roundOfThePage() {
    const browser = await openBrowser();
    const { page } = await openPage(browser, "/?from=now-1h&to=now");
    await until("panels", async () => (await page.locator(".gauge-text").count()) >= 2);
    await page.waitForTimeout(6000);
    let asked = [];
    page.on("request", (request) => asked.push(request.url().slice(base.length)));
    const rounds = () => asked.filter((each) => each.startsWith("/api/v1/alerts")).length;
    await until("a round", async () => rounds() >= 1);
    asked = asked.slice(asked.length - 1);
    await until("the round after", async () => rounds() >= 3);
    await browser.close();
    const first = asked.findIndex((each) => each.startsWith("/api/v1/alerts"));
    const last = asked.findIndex((each, i) => i > first && each.startsWith("/api/v1/alerts"));
    return asked.slice(first, last);
}

async function reader(paths, end, tally) {
    while (Date.now() < end) {
        const begun = Date.now();
        const rest = [...paths];
        await Promise.all(Array.from({ length: atOnce }, async () => {
            for (let path = rest.shift(); path !== undefined; path = rest.shift()) {
                for (let tried = 0; tried <= 3; ++tried) {
                    const { status } = await fetchOnce(path);
                    tally[status] = (tally[status] ?? 0) + 1;
                    if (status !== 503) {
                        break;
                    }
                    await new Promise((resolve) =>
                        setTimeout(resolve, 200 * 2 ** tried * (0.5 + Math.random())));
                }
            }
        }));
        ++tally.rounds;
        await new Promise((resolve) =>
            setTimeout(resolve, Math.max(250, 1000 - (Date.now() - begun))));
    }
}

test("fifty_readers_do_not_delay_a_scrape", async () => {
    const paths = await roundOfThePage();
    ok(paths.length > 10, `the page asks ${paths.length} times a round`);
    const alone = await scrapes(40);
    const tally = { rounds: 0 };
    const end = Date.now() + seconds * 1000;
    const all = Array.from({ length: readers }, () => reader(paths, end, tally));
    const among = await scrapes(Math.floor(seconds * 1000 / 150));
    await Promise.all(all);
    const told = JSON.stringify({ asks: paths.length, alone, among, tally });
    console.log(`# ${told}`);
    ok(among.failed === 0, `no scrape fails: ${told}`);
    // The readers and the browser take the machine's cores as well: what they cost is allowed for.
    ok(among.p95 < alone.p95 + 250, `a scrape is not delayed noticeably: ${told}`);
});
