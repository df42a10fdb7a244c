import type { Explanation } from './explanation.ts'
import { OF_BALANCERS } from './of-balancers.ts'
import { OF_UNDICI_TRANSPORT } from './of-undici-transport.ts'

export const EXPLAINED: readonly Explanation[] = [...OF_BALANCERS, ...OF_UNDICI_TRANSPORT]
