// Makes elements. Everything the page shows is put together here, of elements and texts: nothing
// that came from outside is ever read as markup.

type Child = Node | string | number | null | undefined | false;

interface Properties {
    class?: string;
    title?: string;
    on?: Record<string, (event: Event) => void>;
    style?: Record<string, string>;
    [attribute: string]: unknown;
}

function set(element: Element & ElementCSSInlineStyle, properties: Properties): void {
    for (const [name, value] of Object.entries(properties)) {
        if (value === undefined || value === null || value === false) {
            continue;
        }
        if (name === "on") {
            for (const [event, handler] of Object.entries(properties.on ?? {})) {
                element.addEventListener(event, handler);
            }
        } else if (name === "style") {
            for (const [property, each] of Object.entries(properties.style ?? {})) {
                element.style.setProperty(property, each);
            }
        } else {
            element.setAttribute(name, value === true ? "" : String(value));
        }
    }
}

function add(element: Element, children: Child[]): void {
    for (const child of children) {
        if (child !== null && child !== undefined && child !== false) {
            element.append(typeof child === "number" ? String(child) : child);
        }
    }
}

export function h<K extends keyof HTMLElementTagNameMap>(name: K, properties: Properties = {},
    ...children: Child[]): HTMLElementTagNameMap[K] {
    const element = document.createElement(name);
    set(element, properties);
    add(element, children);
    return element;
}

export function svg<K extends keyof SVGElementTagNameMap>(name: K, properties: Properties = {},
    ...children: Child[]): SVGElementTagNameMap[K] {
    const element = document.createElementNS("http://www.w3.org/2000/svg", name);
    set(element, properties);
    add(element, children);
    return element;
}

export function setText(element: Element, text: string): void {
    if (element.textContent !== text) {
        element.textContent = text;
    }
}

export function button(label: string, action: () => void, properties: Properties = {},
    ...children: Child[]): HTMLButtonElement {
    return h("button", {
        type: "button", "aria-label": label, title: label, on: { click: action }, ...properties,
    }, ...(children.length > 0 ? children : [label]));
}

export function select(label: string, choices: [string, string][], current: string,
    chosen: (value: string) => void): HTMLSelectElement {
    const element = h("select", { "aria-label": label, title: label });
    for (const [value, text] of choices) {
        element.append(h("option", { value, selected: value === current }, text));
    }
    element.value = current;
    element.addEventListener("change", () => chosen(element.value));
    return element;
}
