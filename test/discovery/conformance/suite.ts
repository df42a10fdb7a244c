import { describe, type TestContext, test } from 'vitest'
import type { Case } from './cases/case.ts'
import { changes } from './cases/changes.ts'
import { closing } from './cases/closing.ts'
import { lists } from './cases/lists.ts'
import { pace } from './cases/pace.ts'
import { troubles } from './cases/troubles.ts'
import { CASE_NAMES, type CaseName, type Harness, type Traits } from './harness.ts'
import { Stage } from './stage.ts'

declare module 'vitest' {
  interface TaskMeta {
    /** For the table: whose case this is, and what the source is exempt from. */
    discovery?: {
      readonly source: string
      readonly case: CaseName
      readonly most: number
      readonly without: Traits['without']
    }
  }
}

const CASES: Readonly<Record<CaseName, Case>> = { ...lists, ...changes, ...troubles, ...pace, ...closing }

/**
 * What every source of endpoints has to do, as tests. `start` begins a backend of its own for each of them, with
 * the members 1, 2 and 3 published.
 */
export function discoveryConformance(
  source: string,
  start: () => Promise<Harness>,
  traits: Traits = {},
): void {
  const { without = {}, most = 10_000, minInterval = 0 } = traits
  // What they do most is wait.
  describe.concurrent(`discovery conformance of ${source}`, () => {
    for (const name of CASE_NAMES.filter((name) => without[name] === undefined)) {
      test(name, { timeout: 30_000 }, async ({ task }: TestContext) => {
        task.meta.discovery = { source, case: name, most, without }
        await using harness = await start()
        const stages: Stage[] = []
        try {
          await CASES[name]({
            harness,
            most,
            minInterval,
            stage: (options) => {
              const stage = new Stage(harness, options, stages.length + 1)
              stages.push(stage)
              return stage
            },
          })
        } finally {
          await Promise.all(stages.map(({ balancer }) => balancer.close()))
        }
      })
    }
  })
}
