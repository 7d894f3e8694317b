// Bundles the page and writes it as one C++ file, each part as it is and compressed, for the
// sidecar to embed. The same sources and the same node always give the same bytes.
//
//   node build.mjs OUTPUT.cpp [DASHBOARD.json]
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const [output, dashboard] = process.argv.slice(2);
const bytesMax = 150_000; // compressed, all together: the page has to open over a bad line
if (!output) {
    console.error("usage: node build.mjs OUTPUT.cpp [DASHBOARD.json]");
    process.exit(2);
}

async function bundle(entry, extra = {}) {
    const result = await build({
        absWorkingDir: here, entryPoints: [entry], bundle: true, minify: true, write: false,
        target: ["es2020", "chrome105", "firefox110", "safari16"], charset: "utf8",
        legalComments: "none", logLevel: "warning", ...extra,
    });
    return Buffer.from(result.outputFiles[0].contents);
}

const notice = "/* opsmon; holds uPlot, https://github.com/leeoniya/uPlot, MIT licence, "
    + "(c) Leon Sorokin */";
const assets = [
    ["/", "text/html; charset=utf-8", readFileSync(join(here, "src/page.html"))],
    ["/page.js", "text/javascript; charset=utf-8",
        await bundle("src/main.ts", { format: "esm", banner: { js: notice } })],
    ["/page.css", "text/css; charset=utf-8",
        await bundle("src/page.css", { banner: { css: notice } })],
    ["/page.svg", "image/svg+xml", readFileSync(join(here, "src/page.svg"))],
    ["/dashboard.json", "application/json",
        Buffer.from(JSON.stringify(dashboard ? JSON.parse(readFileSync(dashboard, "utf8")) : {}))],
];

// Without name, time and system in its head, whatever compresses.
function gzip(content) {
    const packed = gzipSync(content, { level: 9 });
    packed.fill(0, 4, 8);
    packed[9] = 255;
    return packed;
}

// As texts of a few kB: compilers are slow with arrays of numbers.
function literal(content) {
    const lines = [];
    for (let at = 0; at < content.length; at += 80) {
        const part = content.subarray(at, at + 80);
        lines.push(`    "${[...part].map((byte) =>
            `\\${byte.toString(8).padStart(3, "0")}`).join("")}"`);
    }
    return `std::string_view(\n${lines.join("\n") || "    \"\""},\n    ${content.length})`;
}

let sum = 0;
const parts = assets.map(([path, type, content]) => {
    const packed = gzip(content);
    sum += packed.length;
    const tag = createHash("sha256").update(content).digest("hex").slice(0, 20);
    return `    {"${path}", "${type}", "${tag}",\n${literal(content)},\n${literal(packed)}},`;
});
if (sum > bytesMax) {
    console.error(`the page has ${sum} bytes compressed; at most ${bytesMax} are allowed`);
    process.exit(1);
}
mkdirSync(dirname(output), { recursive: true });
writeFileSync(output, `// Written by sidecar/page/build.mjs: ${sum} bytes compressed.
#include "web/page_assets.hpp"

namespace opsmon::web {
namespace {

constexpr Asset kAssets[] = {
${parts.join("\n")}
};

} // namespace

std::span<const Asset> page_assets() {
    return kAssets;
}

} // namespace opsmon::web
`);
console.log(`page: ${sum} bytes compressed`);
