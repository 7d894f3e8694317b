// As much of node as the tests use.
declare module "node:test" {
    export function test(name: string, body: () => void | Promise<void>): void;
}
declare module "node:assert/strict" {
    export function equal(actual: unknown, expected: unknown, message?: string): void;
    export function deepEqual(actual: unknown, expected: unknown, message?: string): void;
    export function ok(value: unknown, message?: string): asserts value;
}
declare module "node:child_process" {
    export function execFileSync(file: string, given: string[],
        options: { cwd: string; env: Record<string, string> }): unknown;
}
declare module "node:fs" {
    export function cpSync(from: string, to: string, options?: { recursive: boolean }): void;
    export function mkdtempSync(prefix: string): string;
    export function readFileSync(path: string, encoding: "utf8"): string;
    export function rmSync(path: string, options: { recursive: boolean }): void;
}
declare module "node:os" {
    export function tmpdir(): string;
}
declare module "node:path" {
    export function join(...parts: string[]): string;
}
declare const process: { execPath: string; env: Record<string, string | undefined> };
