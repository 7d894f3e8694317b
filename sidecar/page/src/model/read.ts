// Reads values of JSON that others wrote: whatever is there, the answer has the type asked for. The
// rest of the model uses it. It never throws.

export type Json = Record<string, unknown>;

export function object(value: unknown): Json {
    return typeof value === "object" && value !== null && !Array.isArray(value)
        ? (value as Json)
        : {};
}

export function list(value: unknown): unknown[] {
    return Array.isArray(value) ? value : [];
}

export function text(value: unknown, otherwise = ""): string {
    return typeof value === "string" ? value : otherwise;
}

export function number(value: unknown, otherwise: number): number;
export function number(value: unknown): number | undefined;
export function number(value: unknown, otherwise?: number): number | undefined {
    return typeof value === "number" && Number.isFinite(value) ? value : otherwise;
}

export function texts(value: unknown): string[] {
    return list(value).filter((each): each is string => typeof each === "string");
}
