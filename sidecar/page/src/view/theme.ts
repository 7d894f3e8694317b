// Dark or light, and what Grafana's names of colours look like in either. Everything that draws
// uses it. The choice is remembered in this browser alone.

export type Choice = "system" | "dark" | "light";

const key = "opsmon-theme";
const dark = window.matchMedia("(prefers-color-scheme: dark)");
const listeners = new Set<() => void>();

// One hue each, as readable on black as on white.
const hues: Record<string, [string, string]> = {
    green: ["#56b870", "#1f883d"],
    yellow: ["#e3b341", "#9a6700"],
    orange: ["#f0883e", "#bc4c00"],
    red: ["#f2606a", "#cf222e"],
    blue: ["#58a6ff", "#0969da"],
    purple: ["#b58cf5", "#8250df"],
    gray: ["#8b949e", "#6e7781"],
    white: ["#e6edf3", "#1f2328"],
    black: ["#30363d", "#1f2328"],
    text: ["#d5dbe2", "#1f2328"],
    transparent: ["transparent", "transparent"],
};
const palette: [string, string][] = [
    ["#58a6ff", "#0969da"], ["#56b870", "#1f883d"], ["#e3b341", "#9a6700"],
    ["#b58cf5", "#8250df"], ["#f0883e", "#bc4c00"], ["#39c5cf", "#1b7c83"],
    ["#f778ba", "#bf3989"], ["#a5d6a7", "#4d7c0f"], ["#9fb3c8", "#57606a"],
    ["#d2a679", "#7d4e00"], ["#79c0ff", "#0550ae"], ["#f2606a", "#cf222e"],
];

function stored(): Choice {
    try {
        const found = localStorage.getItem(key);
        return found === "dark" || found === "light" ? found : "system";
    } catch {
        return "system";
    }
}

let choice = stored();

export function chosen(): Choice {
    return choice;
}

export function isDark(): boolean {
    return choice === "system" ? dark.matches : choice === "dark";
}

function apply(): void {
    document.documentElement.dataset.theme = isDark() ? "dark" : "light";
    listeners.forEach((each) => each());
}

export function choose(next: Choice): void {
    choice = next;
    try {
        localStorage.setItem(key, next);
    } catch {
        // A browser that keeps nothing asks again next time.
    }
    apply();
}

export function begin(): void {
    dark.addEventListener("change", apply);
    apply();
}

export function onChange(listener: () => void): () => void {
    listeners.add(listener);
    return () => listeners.delete(listener);
}

export function colorOf(name: string): string {
    const side = isDark() ? 0 : 1;
    if (/^#[0-9a-f]{3,8}$/i.test(name) || /^rgba?\([\d\s.,%]+\)$/.test(name)) {
        return name;
    }
    const hue = hues[name.replace(/^(super-light|semi-dark|light|dark)-/, "")] ?? hues.gray;
    return hue[side];
}

export function paletteColor(index: number): string {
    return palette[index % palette.length][isDark() ? 0 : 1];
}

export function withAlpha(color: string, alpha: number): string {
    const hex = /^#([0-9a-f]{6})$/i.exec(color);
    if (!hex) {
        return color;
    }
    const value = parseInt(hex[1], 16);
    return `rgba(${value >> 16}, ${(value >> 8) & 255}, ${value & 255}, ${alpha})`;
}

// A colour of the style sheet, for what is drawn on canvas.
export function cssColor(name: string): string {
    return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}
