import { setTimeout as sleep } from 'node:timers/promises'
import type { DiscoverySource } from 'evenkeel'

/** Between two questions to the registry, in ms. */
const INTERVAL = 200

/** A source as somebody would write it who has a registry that speaks HTTP. */
export function polled(url: string): DiscoverySource {
  return {
    name: 'polled',
    watch(sink) {
      const ended = new AbortController()
      const { signal } = ended
      const poll = async () => {
        while (!signal.aborted) {
          try {
            const limit = AbortSignal.any([signal, AbortSignal.timeout(5 * INTERVAL)])
            const response = await fetch(url, { signal: limit })
            sink.update((await response.json()) as string[])
          } catch (error) {
            if (!signal.aborted) sink.fail(error)
          }
          await sleep(INTERVAL, undefined, { signal }).catch(() => {})
        }
      }
      void poll()
      return { close: () => ended.abort() }
    },
  }
}
