// Matchers of silences as people write them. Read as amtool 0.25 reads them, so that what is pasted
// from there means the same here; the form for silences and the alerts' rows use it.

export interface Matcher {
    name: string;
    value: string;
    isRegex: boolean;
    isEqual: boolean;
}

const escapes: Record<string, string> = { "\\": "\\\\", "\"": "\\\"", "\n": "\\n" };

export function writeMatcher(matcher: Matcher): string {
    const sign = matcher.isRegex ? (matcher.isEqual ? "=~" : "!~")
        : matcher.isEqual ? "=" : "!=";
    return `${matcher.name}${sign}"${matcher.value.replace(/[\\"\n]/g, (each) => escapes[each])}"`;
}

// At commas and ends of lines, but for those between quotation marks.
function split(source: string): string[] {
    const parts = source.match(/(?:[^",\n\\]|\\[^]|\\$|"(?:[^"\\]|\\[^])*(?:"|\\?$))+/g) ?? [];
    return parts.map((each) => each.trim()).filter((each) => each !== "");
}

// `\n`, `\"` and `\\` stand for what they say; before anything else a backslash is one. Nothing
// when the quotation marks are wrong.
function valueOf(written: string): string | undefined {
    const quoted = written.startsWith("\"");
    const inner = quoted ? /^"((?:[^"\\]|\\[^])*)"$/.exec(written)?.[1] : written;
    if (inner === undefined || /^(?:[^"\\]|\\[^])*"/.test(inner)) {
        return undefined;
    }
    return inner.replace(/\\([n"\\])|\\[^]/g, (whole, known?: string) =>
        (known === undefined ? whole : known === "n" ? "\n" : known));
}

// One matcher a line, or with commas between: name="value", name=~"pattern", name!=value.
export function parseMatchers(source: string): Matcher[] | string {
    const out: Matcher[] = [];
    const inner = source.trim().replace(/^\{/, "").replace(/\}$/, "");
    for (const each of split(inner)) {
        const found = /^([a-zA-Z_:][a-zA-Z0-9_:]*)\s*(=~|!~|!=|=)\s*([^]*)$/.exec(each);
        const value = found ? valueOf(found[3]) : undefined;
        if (!found || value === undefined) {
            return `This is no matcher: ${each.slice(0, 40)}. One is: name="value"`;
        }
        out.push({
            name: found[1], value,
            isRegex: found[2].endsWith("~"), isEqual: !found[2].startsWith("!"),
        });
    }
    return out.length === 0 ? "At least one matcher is needed, such as: alertname=\"NAME\"" : out;
}
