import { freePorts } from '../../bench/lib/ports.mjs'
import { startProgram } from '../../bench/lib/program.mjs'
import type { Behaviour } from './programs/behaviour.ts'
import type { Arrival } from './programs/server.ts'

const PROGRAM = new URL('./programs/server.ts', import.meta.url)

/** A server in a process of its own, which keeps its port whatever happens to it. */
export class ServerProcess {
  readonly port: number
  /** All requests that have reached it, in all of its lives. */
  arrivals: Arrival[] = []
  #program: ReturnType<typeof startProgram> | undefined

  constructor(port: number) {
    this.port = port
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`
  }

  get running(): boolean {
    return this.#program !== undefined
  }

  /** Resolves when it listens. */
  async start(): Promise<void> {
    if (this.#program !== undefined) return
    this.#program = startProgram(PROGRAM, [], (arrival: Arrival) => this.arrivals.push(arrival))
    await this.#program.tell('listen', this.port)
  }

  /** Ends it without a word: the kernel resets what it had open. */
  async kill(): Promise<void> {
    const program = this.#program
    this.#program = undefined
    program?.stop()
    await program?.exited
  }

  /** Freezes the process; the kernel goes on to take its connections. */
  freeze(): void {
    this.#program?.signal('SIGSTOP')
  }

  thaw(): void {
    this.#program?.signal('SIGCONT')
  }

  async behave(behaviour: Behaviour): Promise<void> {
    await this.#program?.tell('behave', behaviour)
  }

  async announce(): Promise<void> {
    await this.#program?.tell('announce')
  }

  async register(endpoints: readonly string[]): Promise<void> {
    await this.#program?.tell('register', endpoints)
  }

  /** Ends it as a server should end: drained. */
  async retire(): Promise<void> {
    await this.#program?.tell('drain')
    await this.kill()
  }

  /** As a rolling update does it. */
  async restart(): Promise<void> {
    await this.retire()
    await this.start()
  }
}

/** Servers that are started once and used for one fault after the other. */
export class Fleet implements AsyncDisposable {
  readonly #all: ServerProcess[] = []

  /** The first `count` servers, all up and well. */
  async servers(count: number): Promise<readonly ServerProcess[]> {
    const ports = await freePorts(Math.max(0, count - this.#all.length))
    this.#all.push(...ports.map((port) => new ServerProcess(port)))
    const servers = this.#all.slice(0, count)
    await Promise.all(servers.map((server) => revive(server)))
    return servers
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#all.map((server) => server.kill()))
  }
}

async function revive(server: ServerProcess): Promise<void> {
  server.thaw()
  await server.start()
  await server.behave({ does: 'serve' })
  server.arrivals = []
}
