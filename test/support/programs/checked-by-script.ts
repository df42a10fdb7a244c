// Has an endpoint checked by a script that hangs, says the script's process id, and has nothing else to do.
import { readFile } from 'node:fs/promises'
import '../sources.ts'

const { createBalancer } = await import('../../../src/index.ts')
const { scriptCheck } = await import('../../../src/node/index.ts')

const file = process.argv[2] ?? ''
const script = 'trap "" TERM; sleep 60 & echo $$ $! > "$0.new"; mv "$0.new" "$0"; wait'
const balancer = createBalancer({
  endpoints: ['db://10.0.0.1:5432'],
  healthCheck: scriptCheck({ command: 'sh', args: ['-c', script, file], timeout: 60_000 }),
})
await balancer.ready()

const look = setInterval(async () => {
  const text = await readFile(file, 'utf8').catch(() => '')
  if (text !== '') clearInterval(look)
}, 10)
