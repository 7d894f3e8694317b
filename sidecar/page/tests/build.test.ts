import { deepEqual, ok } from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";

// What goes into the binary, bundled in a copy of this folder.
function bundled(folder: string, environment: Record<string, string>): string[] {
    const copy = join(folder, "page");
    for (const part of ["src", "build.mjs", "package.json", "tsconfig.json",
        "node_modules/esbuild", "node_modules/@esbuild", "node_modules/uplot"]) {
        cpSync(part, join(copy, part), { recursive: true });
    }
    cpSync("../dashboards/opsmon.json", join(folder, "opsmon.json"));
    const output = join(folder, "page.cpp");
    execFileSync(process.execPath, [join(copy, "build.mjs"), output, join(folder, "opsmon.json")],
        { cwd: folder, env: { PATH: process.env.PATH ?? "", ...environment } });
    return readFileSync(output, "utf8").split("\n");
}

test("the_page_is_the_same_bytes_wherever_and_whenever_it_is_built", () => {
    const first = mkdtempSync(join(tmpdir(), "opsmon-page-"));
    const second = mkdtempSync(join(tmpdir(), "opsmon page in a folder with a much longer name "));
    try {
        const once = bundled(first, { TZ: "UTC", LANG: "C" });
        const again = bundled(second, { TZ: "Asia/Seoul", LANG: "ko_KR.UTF-8", NODE_ENV: "x" });
        ok(once.length > 1000);
        deepEqual(again, once);
    } finally {
        rmSync(first, { recursive: true });
        rmSync(second, { recursive: true });
    }
});
