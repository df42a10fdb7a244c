import type { Case } from '../case.ts'
import { methods } from './methods.ts'
import { requestBodies } from './request-bodies.ts'
import { requestHeaders } from './request-headers.ts'

export const CASES: readonly Case[] = [...methods, ...requestBodies, ...requestHeaders]
