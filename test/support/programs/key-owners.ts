// Says who has each key, in a process or a worker of its own, for a fleet that was learnt of in the order given.
import { parentPort, workerData } from 'node:worker_threads'
import '../sources.ts'

const { KEYED, KeyedFleet } = await import('../keyed.ts')

interface Question {
  readonly fleet: readonly (readonly [string, number])[]
  readonly keys: readonly string[]
}

const question: Question = workerData ?? JSON.parse(process.argv[2] ?? '')
const answer = Object.fromEntries(
  KEYED.map(([name, create]) => {
    const fleet = new KeyedFleet(create(), Object.fromEntries(question.fleet))
    return [name, question.keys.map((key) => fleet.choices(key))]
  }),
)
if (parentPort === null) process.send?.(answer)
else parentPort.postMessage(answer)
