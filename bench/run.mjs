// npm run bench -- [--quick] [--json] [--only picks,peers,calls,sockets,updates,tables,memory]
import { bundle } from './bundle.mjs'
import { contests as calls } from './call.mjs'
import { contest } from './contest.mjs'
import { leaveOut } from './lib/left-out.mjs'
import { readOptions } from './lib/options.mjs'
import { print } from './lib/print.mjs'
import { startProgram } from './lib/program.mjs'
import { progress } from './lib/progress.mjs'
import { peerContests as peers, contests as picks } from './pick.mjs'
import { startProxy } from './proxies/start.mjs'
import { parts as allParts, sections } from './report.mjs'
import { contests as socketContests } from './socket.mjs'
import { contests as tables } from './table.mjs'
import { contests as updates } from './update.mjs'

const PROXIES = { nginx: { proxy: 'nginx' }, haproxy: { proxy: 'haproxy', balance: 'roundrobin' } }
const SIZES = [1_000, 10_000, 100_000]
/** What takes long to set up is not done in a quick run. */
const QUICK_LIMIT = 10_000
/** Code that has not run for a while would be thrown away between two weighings, and taken for endpoints. */
const WEIGHING = ['--expose-gc', '--no-flush-bytecode', '--no-concurrent-recompilation']

const started = performance.now()
const { quick, json, parts } = readOptions(() => ({ parts: allParts }))
const { modules, remove } = await bundle()
const running = []

try {
  await checkMethod()
  const { names, leftOut, versions } = leaveOut(
    PROXIES,
    parts.includes('sockets') ? Object.keys(PROXIES) : [],
  )
  const all = {
    picks,
    peers,
    calls,
    sockets: parts.includes('sockets') ? await sockets(names) : [],
    updates,
    tables,
  }
  const results = { bench: 'bench', node: process.version, quick, leftOut, versions, took: 0 }
  const fits = ({ about }) => !quick || !(about.endpoints > QUICK_LIMIT)
  const chosen = Object.entries(all)
    .filter(([part]) => parts.includes(part))
    .map(([part, contests]) => [part, contests.filter(fits)])
  const line = progress(chosen.reduce((sum, [, contests]) => sum + contests.length, 0))
  for (const [part, contests] of chosen) {
    results[part] = []
    for (const { about, contenders, rounds, ms } of contests) {
      line.step(`${part}: ${Object.values(about).join(', ')}`)
      const budget = quick ? { rounds: 3, ms: ms / 2 } : { rounds, ms }
      results[part].push({ ...about, ...(await contest({ contenders, modules, ...budget })) })
    }
  }
  line.end()
  if (parts.includes('memory'))
    results.memory = await weigh(SIZES.filter((size) => !quick || size < QUICK_LIMIT))
  results.took = (performance.now() - started) / 1000
  print(results, json, sections)
} finally {
  for (const { stop } of running) stop()
  remove()
}

/** Bytes that are wrong for an object of known size would be wrong for all the rest. */
async function checkMethod() {
  const { known } = await contest({ contenders: { known: { kind: 'knownObject' } }, rounds: 1, ms: 1 })
  if (Math.abs(known.bytes - 32) > 1) throw new Error(`an object of 32 bytes counted as ${known.bytes}`)
}

/** Servers and proxies that stay for all contests. */
async function sockets(names) {
  const servers = startProgram(new URL('./socket-servers.mjs', import.meta.url))
  running.push(servers)
  const ports = await servers.tell('listen')
  const proxies = {}
  for (const name of names) {
    const proxy = await startProxy(name, { ...PROXIES[name], servers: ports })
    running.push(proxy)
    proxies[name] = proxy.url
  }
  return socketContests({ urls: ports.map((port) => `http://127.0.0.1:${port}`), proxies })
}

async function weigh(sizes) {
  const weights = []
  for (const endpoints of sizes) {
    const program = startProgram(new URL('./memory.mjs', import.meta.url), WEIGHING)
    running.push(program)
    weights.push({ endpoints, ...(await program.tell('weigh', { modules, endpoints })) })
    program.stop()
  }
  return weights
}
