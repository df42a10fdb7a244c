import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { Behaviour, Listening, StartOrder } from './server.ts'

/** What a server is. */
export interface ServerSpec {
  readonly name: string
  /** Milliseconds that it takes to answer while all is well. */
  readonly latency: number
  readonly weight: number
}

const PROGRAM = fileURLToPath(new URL('./server.ts', import.meta.url))

/** A server process. It keeps its port when it is killed and started again. */
export class ServerProcess {
  readonly spec: ServerSpec
  port = 0
  up = false
  behaviour: Behaviour
  readonly #onCrash: (error: Error) => void
  #child: ChildProcess | undefined

  constructor(spec: ServerSpec, onCrash: (error: Error) => void) {
    this.spec = spec
    this.behaviour = { latency: spec.latency, failing: false }
    this.#onCrash = onCrash
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`
  }

  async start(): Promise<void> {
    const { spec, port, behaviour } = this
    const order: StartOrder = { name: spec.name, port, behaviour }
    const child = fork(PROGRAM, [JSON.stringify(order)], {
      execArgv: [],
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    })
    this.#child = child
    const crashed = once(child, 'exit').then(([code, signal]) => {
      const error = new Error(`server ${spec.name} ended by itself (${signal ?? `exit code ${code}`})`)
      // Whoever ends it lets go of it first.
      if (this.#child !== child) return undefined
      this.#child = undefined
      this.up = false
      this.#onCrash(error)
      throw error
    })
    const listening = await Promise.race([once(child, 'message'), crashed])
    // It was ended while it was starting.
    if (listening === undefined) return
    crashed.catch(() => {})
    this.port = (listening[0] as Listening).port
    this.up = true
  }

  /** Tells it how to answer from now on. */
  behave(change: Partial<Behaviour>): void {
    this.behaviour = { ...this.behaviour, ...change }
    this.#child?.send(this.behaviour)
  }

  /** Ends it as a crash would: no goodbye, its connections broken. */
  async kill(): Promise<void> {
    const child = this.#child
    if (child === undefined) return
    const gone = once(child, 'exit')
    this.killNow()
    await gone
  }

  /** The same for when there is no time to wait. */
  killNow(): void {
    const child = this.#child
    this.#child = undefined
    this.up = false
    child?.kill('SIGKILL')
  }
}

/** All servers of the demo. */
export class Fleet {
  readonly servers: readonly ServerProcess[]
  #crash: Error | undefined
  #onCrash: (error: Error) => void = () => {}

  constructor(specs: readonly ServerSpec[]) {
    this.servers = specs.map((spec) => new ServerProcess(spec, (error) => this.#crashed(error)))
  }

  /** Starts all servers, and calls each a few times so that no way finds them colder than the other. */
  async start(): Promise<void> {
    await Promise.all(this.servers.map((server) => server.start()))
    await Promise.all(this.servers.map(({ url }) => warmUp(url)))
  }

  server(name: string): ServerProcess {
    const found = this.servers.find(({ spec }) => spec.name === name)
    if (found === undefined) throw new Error(`there is no server ${name}`)
    return found
  }

  /** Tells of the first server that ends without being told to. */
  onCrash(listener: (error: Error) => void): void {
    this.#onCrash = listener
    if (this.#crash !== undefined) listener(this.#crash)
  }

  /** Ends all servers, and waits until they are gone. */
  async stop(): Promise<void> {
    await Promise.all(this.servers.map((server) => server.kill()))
  }

  killNow(): void {
    for (const server of this.servers) server.killNow()
  }

  #crashed(error: Error): void {
    this.#crash ??= error
    this.#onCrash(error)
  }
}

async function warmUp(url: string): Promise<void> {
  for (let i = 0; i < 3; i++) await (await fetch(url)).arrayBuffer()
}
