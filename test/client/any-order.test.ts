import fc from 'fast-check'
import { describe, it } from 'vitest'
import { story } from '../support/any-order-commands.js'
import { World } from '../support/any-order-world.js'

describe('a balancer', () => {
  // A few seconds; more, when the shortest story that fails has to be found.
  it('keeps its promises whatever happens, in any order', { timeout: 120_000 }, async () => {
    const unheard: unknown[] = []
    const note = (error: unknown) => unheard.push(error)
    process.on('unhandledRejection', note)
    try {
      // fast-check prints the seed and the shortest story that fails.
      await fc.assert(
        fc.asyncProperty(story, async (told) => {
          const world = new World(told)
          for (const command of told.commands) await world.obey(command)
          await world.end()
          if (unheard.length > 0) throw new Error('a rejection that nobody handled', { cause: unheard.pop() })
        }),
        { numRuns: 300 },
      )
    } finally {
      process.off('unhandledRejection', note)
    }
  })
})
