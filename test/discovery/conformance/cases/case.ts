import type { BalancerOptions } from 'evenkeel'
import { assert } from 'vitest'
import type { CaseName, Harness } from '../harness.ts'
import type { Stage } from '../stage.ts'

/** What a case works with. The members 1, 2 and 3 are published. */
export interface Scene {
  readonly harness: Harness
  readonly most: number
  readonly minInterval: number
  /** A balancer; closed at the end of the case. */
  stage(options?: Pick<BalancerOptions, 'discovery' | 'endpoints' | 'clock'>): Stage
}

export type Case = (scene: Scene) => Promise<void>

export type Cases<N extends CaseName> = Readonly<Record<N, Case>>

/** What a harness can only lack if its source is exempt from the case. */
export function given<T>(part: T | undefined): T {
  assert(part !== undefined, 'the harness cannot do this: exempt the source from the case, and say why')
  return part
}
