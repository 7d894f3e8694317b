// Runs jobs, a few at a time, in the order in which they come. Everything that asks the sidecar
// goes through one, so that a page never asks many things at once.

export class Queue {
    private running = 0;
    private readonly waiting: (() => void)[] = [];

    constructor(private readonly atOnce: number) {}

    async run<T>(job: () => Promise<T>): Promise<T> {
        if (this.running >= this.atOnce) {
            await new Promise<void>((resolve) => this.waiting.push(resolve));
        } else {
            ++this.running;
        }
        try {
            return await job();
        } finally {
            const next = this.waiting.shift();
            if (next) {
                next(); // takes the place over
            } else {
                --this.running;
            }
        }
    }
}
