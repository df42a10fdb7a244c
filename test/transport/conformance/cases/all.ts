import type { Case } from '../case.ts'
import { abortedUploads } from './aborted-uploads.ts'
import { aborting } from './aborts.ts'
import { cancels } from './cancels.ts'
import { clones } from './clones.ts'
import { encodings } from './encodings.ts'
import { errors } from './errors.ts'
import { methods } from './methods.ts'
import { options } from './options.ts'
import { overTls } from './over-tls.ts'
import { reading } from './reading.ts'
import { redirectCases } from './redirects.ts'
import { requestBodies } from './request-bodies.ts'
import { requestHeaders } from './request-headers.ts'
import { requestStreams } from './request-streams.ts'
import { requests } from './requests.ts'
import { responseHeaders } from './response-headers.ts'
import { responseObjects } from './response-objects.ts'
import { responses } from './responses.ts'
import { streams } from './streaming.ts'
import { thrownAway } from './thrown-away.ts'
import { urls, wholeUrls } from './urls.ts'

/** Everything that a caller may do to a server, and a server to a caller, by subject. */
export const CASES: readonly Case[] = [
  ...[methods, urls, wholeUrls, options],
  ...[requestHeaders, requestBodies, requestStreams, requests],
  ...[responses, responseHeaders, encodings, redirectCases, overTls],
  ...[reading, clones, responseObjects],
  ...[errors, aborting, abortedUploads, cancels, streams, thrownAway],
].flat()
