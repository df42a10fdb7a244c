import { oneRun } from '../lib/one-run.mjs'

const programs = {
  servers: new URL('./servers.mjs', import.meta.url),
  client: new URL('./client.mjs', import.meta.url),
}

/** One contender through the whole fault. */
export async function measure({ contender, ...run }) {
  const { seen, served } = await oneRun({ programs, contender, run, lead: -run.from, enough: 'allBack' })
  const tries = (kind) => served.find(({ fault }) => fault === kind).tries
  // All four of them; null: at least one was not in use again by the end.
  const back = served.filter(({ fault }) => fault !== undefined).map((server) => server.back ?? null)
  return {
    ...seen,
    unavailable: tries('unavailable'),
    silent: tries('silent'),
    back: back.includes(null) ? null : Math.max(...back),
  }
}
