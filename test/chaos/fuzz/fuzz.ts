import fc from 'fast-check'
import type { Fleet } from '../fleet.ts'
import { startClient } from '../run.ts'
import { play } from './play.ts'
import { story } from './story.ts'

/** How much is tried. */
export interface FuzzScale {
  readonly runs: number
  /** By default another one each time. */
  readonly seed?: number
  /** Look for the shortest story that fails? It takes many runs of seconds each. */
  readonly shrink: boolean
}

/** Plays random stories. @throws the error of fast-check, which tells the seed and the story that failed */
export async function fuzz(fleet: Fleet, library: string, { runs, seed, shrink }: FuzzScale): Promise<void> {
  const client = startClient()
  try {
    await fc.assert(
      fc.asyncProperty(story, async (told) => {
        const wrong = await play(told, { fleet, library, client })
        if (wrong.length > 0) throw new Error([...new Set(wrong)].join('; '))
      }),
      { numRuns: runs, endOnFailure: !shrink, ...(seed !== undefined && { seed }) },
    )
  } finally {
    client.stop()
  }
}
