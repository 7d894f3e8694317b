// What a page is to the shell, and what the shell is to a page.

import type { Samples } from "../model/samples";
import type { Alert } from "../model/alerts";
import type { Api } from "./api";
import type { State } from "./state";

export interface Context {
    api: Api;
    state: State;
    alerts(): Alert[] | undefined; // as the shell read them last; absent: nobody knows
    samples(): Samples; // those of the verdict
    refreshNow(): void;
}

export interface View {
    element: HTMLElement;
    refresh(): Promise<void>; // reads again what is on the screen
    destroy(): void;
}
