import { setTimeout as pause } from 'node:timers/promises'
import { FREEZE } from './freeze.mjs'
import { start } from './process.mjs'
import { workerd } from './runtimes.mjs'
import { startFleet } from './servers.mjs'
import { writeConfig } from './workerd-config.mjs'

/** As in requests.mjs. */
const MAX_ROUNDS = 20

/** Runs worker.mjs, each check as a request of its own, and returns its report. */
export async function runWorker(date, { project }) {
  const fleet = await startFleet(() => server.freeze(FREEZE))
  const config = writeConfig(project, date, { ...fleet.addresses, saysRefused: false })
  let listening
  const port = new Promise((resolve) => {
    listening = resolve
  })
  const server = start([workerd, 'serve', '--control-fd=3', config], {
    cwd: project,
    onControl: (line) => {
      const { event, port } = JSON.parse(line)
      if (event === 'listen') listening(port)
    },
  })
  // Whoever waits for an answer would wait for ever when workerd ends, or is ended because it takes too long.
  const died = server.ended.then(() => {
    throw new Error('workerd ended')
  })
  died.catch(() => {})

  const checks = []
  const problems = []
  try {
    const url = `http://127.0.0.1:${await Promise.race([port, died])}`
    const ask = (path, init) => Promise.race([fetch(url + path, init).then(answer), died])
    const names = await ask('/')
    if (names.length === 0) problems.push('it has no checks')
    for (const name of names) checks.push(await check(name, ask))
  } catch (error) {
    problems.push(`it did not come to its end; its last check: ${checks.at(-1)?.name ?? 'none'}`)
    problems.push([error.message, error.cause?.message].filter(Boolean).join(': '))
  }
  server.stop()
  const { problem, stderr } = await server.ended
  fleet.close()
  if (problem) problems.push(problem)
  if (stderr) problems.push(`it wrote to stderr: ${stderr.trimEnd()}`)
  return { checks, problems }
}

async function answer(response) {
  const text = await response.text()
  if (!response.ok) throw new Error(`workerd answered ${response.status}: ${text}`)
  return JSON.parse(text)
}

async function check(name, ask) {
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const result = await ask(`/${encodeURIComponent(name)}`, { method: 'POST' })
    if (result.again === undefined) return result
    await pause(result.again)
  }
  return { name, ok: false, error: `not done after ${MAX_ROUNDS} rounds` }
}
