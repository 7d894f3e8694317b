// Where panels stand that were given no place, half of one, or one upon another: as Grafana does
// when it opens a dashboard. The model of the dashboard uses it.

export interface Place {
    x: number;
    y: number;
    w: number;
    h: number;
}

export const columns = 24;
// Of a panel that does not say: Grafana's own.
export const ownPlace: Place = { x: 0, y: 0, w: 6, h: 3 };

function meet(a: Place, b: Place): boolean {
    return a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h;
}

// What comes first, read as a page is; of those at the same place, the one before stays before.
export function inReadingOrder<T extends Place>(places: T[]): T[] {
    return [...places].sort((a, b) => a.y - b.y || a.x - b.x);
}

// Moves each, in that order, within the columns, then up as far as nothing is in its way, and down
// to where it lies upon nothing. Changes the places.
export function arrange(places: Place[]): void {
    const placed: Place[] = [];
    const bottom = () => placed.reduce((most, each) => Math.max(most, each.y + each.h), 0);
    for (const place of inReadingOrder(places)) {
        place.x = Math.max(0, Math.min(place.x, columns - place.w));
        const obstacle = () => placed.find((each) => meet(each, place));
        place.y = Math.min(place.y, bottom());
        while (place.y > 0 && !obstacle()) {
            --place.y;
        }
        for (let below = obstacle(); below; below = obstacle()) {
            place.y = below.y + below.h;
        }
        placed.push(place);
    }
}
