import { oneRun } from '../lib/one-run.mjs'

const programs = {
  servers: new URL('./servers.mjs', import.meta.url),
  client: new URL('./client.mjs', import.meta.url),
}

/** One contender in one scenario. */
export async function measure({ contender, ...run }) {
  const { seen, served } = await oneRun({ programs, contender, run, lead: run.warmUp })
  return { ...seen, lateAnswers: served.late }
}
