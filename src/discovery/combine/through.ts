import type { EndpointInput } from '../../core/endpoint.js'
import { Mistakes } from '../mistakes.js'
import { pass } from '../pass.js'
import type { DiscoverySource } from '../source.js'

/** Makes another list of one; what cannot be used goes to the mistakes. */
export type Change = (list: readonly EndpointInput[], mistakes: Mistakes) => readonly EndpointInput[]

/** A source whose lists are changed on their way. All else of it goes through as it is. */
export function through(source: DiscoverySource, name: string, begin: () => Change): DiscoverySource {
  return {
    name: `${name}(${source.name})`,
    // What is changed may be dialled elsewhere; the list itself tells.
    dialsAddresses: name !== 'map' && source.dialsAddresses === true,
    watch(sink, context) {
      const change = begin()
      return source.watch(
        {
          update(list, asOf) {
            // Whoever takes it says what is wrong with it.
            if (!Array.isArray(list)) return sink.update(list, asOf)
            const mistakes = new Mistakes()
            pass(change(list, mistakes), mistakes, sink, asOf)
          },
          fail: (error) => sink.fail(error),
          warn: (error) => sink.warn(error),
        },
        context,
      )
    },
  }
}
