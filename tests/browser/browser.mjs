// A headless Chromium with a page open, which keeps account of whatever it did that it must not:
// errors on the console, requests to another host.
import { chromium } from "playwright-core";

export const base = process.env.OPSMON_URL ?? "http://127.0.0.1:9788";

const switches = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync"];

export async function openBrowser() {
    return chromium.launch({ executablePath: "/usr/bin/chromium", args: switches });
}

export async function openPage(browser, path = "/", options = {}) {
    const context = await browser.newContext({
        viewport: { width: 1280, height: 860 }, colorScheme: "dark", ...options,
    });
    const page = await context.newPage();
    const faults = [];
    page.on("console", (message) => {
        if (message.type() === "error" || message.type() === "warning") {
            faults.push(`console: ${message.text()}`);
        }
    });
    page.on("pageerror", (error) => faults.push(`error: ${error.message}`));
    page.on("request", (request) => {
        if (new URL(request.url()).origin !== base) {
            faults.push(`asked another host: ${request.url()}`);
        }
    });
    await page.goto(base + path);
    return { page, context, faults };
}

// Until `check` is true; says what was waited for when it never is.
export async function until(what, check, limitMs = 30_000) {
    const end = Date.now() + limitMs;
    let last;
    while (Date.now() < end) {
        last = await check();
        if (last) {
            return last;
        }
        await new Promise((resolve) => setTimeout(resolve, 100));
    }
    throw new Error(`never came: ${what} (last: ${JSON.stringify(last)})`);
}
