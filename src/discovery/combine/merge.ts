import { checkDuration, checkObject } from '../../core/validate.js'
import { unref } from '../../runtime/unref.js'
import { checkSources } from '../check-source.js'
import type { DiscoveryContext, DiscoverySink, DiscoverySource, DiscoveryWatch } from '../source.js'
import { closeAll } from './close-all.js'
import { Followed } from './followed.js'

/** Options of {@link merge}. */
export interface MergeOptions {
  /**
   * For how long the first list waits until each source has a list or has failed, in ms: with half of the fleet missing,
   * the other half would get all of the calls. Default 2000.
   */
  readonly patience?: number
}

/**
 * The endpoints of several sources together. Each keeps its own last good list: one that fails, or gives an empty
 * list, takes nothing away from what it had, and the whole is called stale as long as one of them is. Where two have
 * an endpoint with the same id, that of the earlier one is taken, and the other is told as a mistake.
 *
 * ```ts
 * merge([http({ url }), staticList(['http://10.9.0.1:8080'])])
 * ```
 *
 * @throws BalancerError `ERR_INVALID_CONFIG`
 */
export function merge(sources: readonly DiscoverySource[], options: MergeOptions = {}): DiscoverySource {
  const checked = checkSources(sources, 'merge.sources')
  checkObject(options, 'merge', ['patience'])
  const patience = checkDuration(options.patience, 'merge.patience', 2_000)
  return {
    name: `merge(${checked.map(({ name }) => name).join(', ')})`,
    dialsAddresses: checked.some(({ dialsAddresses }) => dialsAddresses === true),
    watch: (sink, context) => new MergeWatch(checked, patience, sink, context),
  }
}

class MergeWatch implements DiscoveryWatch {
  readonly #sink: DiscoverySink
  readonly #context: DiscoveryContext
  readonly #parts: readonly Followed[]
  /** Until then a list waits for the others. */
  #waiting = true
  #timer: unknown

  constructor(
    sources: readonly DiscoverySource[],
    patience: number,
    sink: DiscoverySink,
    context: DiscoveryContext,
  ) {
    this.#sink = sink
    this.#context = context
    const follower = {
      updated: () => this.#publish(),
      failed: (_: Followed, error: Error) => {
        sink.fail(error)
        // Others may have waited for it.
        if (this.#waiting) this.#publish()
      },
      warned: (error: unknown) => sink.warn(error),
    }
    this.#parts = sources.map((source) => new Followed(source, context, follower))
    this.#timer = context.clock.setTimer(() => {
      this.#waiting = false
      this.#publish()
    }, patience)
    unref(this.#timer)
    for (const part of this.#parts) part.start()
  }

  refresh(): void {
    for (const part of this.#parts) part.refresh()
  }

  parts() {
    return this.#parts.map((part) => part.status(true))
  }

  async close(): Promise<void> {
    this.#context.clock.clearTimer(this.#timer)
    await closeAll(this.#parts)
  }

  #publish(): void {
    if (this.#waiting && !this.#parts.every(({ answered }) => answered)) return
    const arrived = this.#parts.filter(({ list }) => list !== undefined)
    if (arrived.length === 0) return
    this.#waiting = false
    this.#context.clock.clearTimer(this.#timer)
    const list = arrived.flatMap(({ list = [] }) => list)
    // Nothing is not all there is, as long as somebody has not said what there is.
    if (list.length === 0 && arrived.length < this.#parts.length) return
    this.#sink.update(list, Math.min(...arrived.map(({ asOf }) => asOf)))
  }
}
