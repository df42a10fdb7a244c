import type { Case } from '../case.ts'
import { aborting } from './aborts.ts'
import { encodings } from './encodings.ts'
import { errors } from './errors.ts'
import { methods } from './methods.ts'
import { options } from './options.ts'
import { reading } from './reading.ts'
import { redirectCases } from './redirects.ts'
import { requestBodies } from './request-bodies.ts'
import { requestHeaders } from './request-headers.ts'
import { responses } from './responses.ts'
import { streams } from './streaming.ts'
import { thrownAway } from './thrown-away.ts'
import { urls, wholeUrls } from './urls.ts'

export const CASES: readonly Case[] = [
  ...[methods, urls, wholeUrls, requestHeaders, requestBodies, responses, encodings, redirectCases, options],
  ...[reading, errors, aborting, streams, thrownAway],
].flat()
