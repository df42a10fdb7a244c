import { setTimeout as pause } from 'node:timers/promises'
import type { Case, World } from './case.ts'
import type { Column } from './columns.ts'
import { outcomeOf } from './describe-error.ts'
import { bytes, describeResponse } from './describe-response.ts'
import { RawServer } from './raw-server.ts'
import { ok } from './scripts.ts'

/** Plain data: what was seen of a case, by the caller and by the servers. */
export type Observation =
  | { readonly [key: string]: Observation }
  | readonly Observation[]
  | string
  | number
  | boolean
  | null

/** What differs between two sendings of the same form. */
const BOUNDARY = /-{4,}formdata-[-\w]+/gi

/** Plays a case over one column, with servers of its own. */
export async function runCase(one: Case, column: Column): Promise<Observation> {
  const { server: script = ok, onConnection, tls, patience = 8_000 } = one
  await using server = await new RawServer(script, onConnection, tls).listen()
  // Most have no use for it.
  await using other = one.other === undefined ? undefined : await new RawServer(one.other).listen()
  const origin = tls === undefined ? server.url : server.url.replace('http:', 'https:')
  const url = one.to?.(server) ?? origin
  await using client = column.open(url)
  const world: World = { fetch: client.fetch, url, server, otherUrl: other?.url ?? '' }
  try {
    const caller = await Promise.race([callerOf(one, world), pause(patience, 'waits', { ref: false })])
    const after = one.after === undefined ? undefined : await outcomeOf(() => one.after?.(world))
    const seen = { caller, after, server: wireOf(server), ...(other && { other: wireOf(other) }) }
    return plain(seen, { [server.port]: 'PORT', ...(other && { [other.port]: 'OTHER' }) })
  } finally {
    server.hangUp()
    other?.hangUp()
  }
}

function callerOf(one: Case, world: World): Promise<unknown> {
  return outcomeOf(async () => {
    const result = await one.call(world)
    return result instanceof Response ? await describeResponse(result) : result
  })
}

/** What a server was sent. */
function wireOf({ requests }: RawServer): unknown {
  // Some connections are never used: when to open them is a client's own affair.
  const used = [...new Set(requests.map(({ connection }) => connection))]
  return requests.map(({ connection, request }) => ({
    connection: used.indexOf(connection),
    line: request.line,
    headers: request.headers,
    framing: request.framing,
    body: bytes(Buffer.from(request.body.toString('latin1').replace(BOUNDARY, 'BOUNDARY'), 'latin1')),
    whole: request.whole,
  }))
}

/** Without what is never twice the same. */
function plain(value: unknown, ports: Readonly<Record<number, string>>): Observation {
  let text = JSON.stringify(value).replace(BOUNDARY, 'BOUNDARY')
  for (const [port, name] of Object.entries(ports)) text = text.replaceAll(`:${port}`, `:${name}`)
  return JSON.parse(text)
}
