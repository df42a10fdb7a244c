import { startProgram } from '../../../bench/lib/program.mjs'
import type { RealOrder } from '../programs/real-calls.ts'
import type { Resources } from '../programs/resources.ts'
import type { StubbedOrder } from '../programs/stubbed-calls.ts'
import { growth } from './growth.ts'

/** Who makes the calls: through a transport that answers at once, or over sockets to endpoints that come and go. */
const PROGRAMS = {
  stubbed: new URL('../programs/stubbed-calls.ts', import.meta.url),
  real: new URL('../programs/real-calls.ts', import.meta.url),
}
/** Looked at so often, and the first tenth of that is of a process that still warms up. */
const SAMPLES = 20
const WARM_UP = 2
/** What the heap may gain by so many calls as there are, in MB: code that is compiled late, and nothing that is kept of a call. */
const HEAP_GROWTH = 1

export interface ManyCallsResult {
  readonly calls: number
  readonly samples: readonly (Resources & { readonly calls: number })[]
  /** By the line that fits the samples best, from the first call to the last one, in MB. */
  readonly heapGrowth: number
  readonly broken: readonly string[]
}

/** That many calls in one process. */
export async function manyCalls(
  kind: keyof typeof PROGRAMS,
  library: string,
  calls: number,
  onSample: (sample: ManyCallsResult['samples'][number]) => void = () => {},
): Promise<ManyCallsResult> {
  const samples: ManyCallsResult['samples'][number][] = []
  const program = startProgram(
    PROGRAMS[kind],
    ['--expose-gc'],
    (sample: ManyCallsResult['samples'][number]) => {
      samples.push(sample)
      onSample(sample)
    },
  )
  try {
    const order: StubbedOrder & RealOrder = { library, calls, every: Math.ceil(calls / SAMPLES) }
    const end: Resources & { failed: number } = await program.tell('run', order)
    const warm = samples.slice(WARM_UP)
    const heapGrowth = growth(warm.map((sample) => [sample.calls, sample.heap / 2 ** 20] as const)) * calls
    const broken: string[] = []
    if (heapGrowth > HEAP_GROWTH)
      broken.push(`the heap grew by ${heapGrowth.toFixed(2)} MB in ${calls} calls`)
    if (kind === 'real' && end.sockets > 0) broken.push(`${end.sockets} sockets are open`)
    if (end.timers > 0) broken.push(`${end.timers} timers are set`)
    // Three attempts in a row go wrong once in 125,000 calls, and a budget is there to be used up.
    if (end.failed > calls / 1_000) broken.push(`${end.failed} calls failed`)
    return { calls, samples, heapGrowth, broken }
  } finally {
    program.stop()
  }
}
