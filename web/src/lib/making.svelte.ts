// A run a page starts and follows until it is over.
import { forRun, defaults } from '../analysis/params';
import { asProblem, get, post, watch, type Problem } from './api';
import { analysisOf } from './home.svelte';
import type { Run } from './types';

export const over = (run: Run) => ['done', 'failed', 'cancelled'].includes(run.state);

export class Making {
  /** The run under way, or the one that ended without a result. */
  live = $state.raw<Run | null>(null);
  problem = $state.raw<Problem | null>(null);
  readonly busy = $derived(this.live !== null && !over(this.live));

  #stop: () => void = () => {};
  readonly #done: (run: Run) => void;

  constructor(done: (run: Run) => void) {
    this.#done = done;
  }

  /** Starts an analysis with its usual settings, changed by `settings`. */
  async start(id: string, settings: Run['params'] = {}): Promise<void> {
    const analysis = analysisOf(id);
    if (!analysis) return;
    this.problem = null;
    try {
      this.#follow(await post<Run>('/runs', { analysis: id, params: { ...forRun(analysis, defaults(analysis)), ...settings } }));
    } catch (thrown) {
      this.problem = asProblem(thrown);
    }
  }

  /** The same question as a run's, with its settings, of the data as they are now. */
  again(run: Run): Promise<void> {
    return this.start(run.analysis, Object.fromEntries(Object.entries(run.params).filter(([, value]) => value !== null)));
  }

  #follow(started: Run) {
    this.stop();
    this.live = started;
    this.#stop = watch<Run>(
      `/runs/${encodeURIComponent(started.id)}`,
      'run',
      (now) => {
        this.live = now;
        if (over(now)) void this.#finish(now);
      },
      over,
    );
  }

  async #finish(now: Run) {
    if (now.state !== 'done') return;
    try {
      const whole = await get<Run>(`/runs/${encodeURIComponent(now.id)}`);
      this.live = null;
      this.#done(whole);
    } catch (thrown) {
      this.problem = asProblem(thrown);
    }
  }

  stop() {
    this.#stop();
  }
}
