import { fork } from 'node:child_process'
import { once } from 'node:events'
import { OwnProcess } from './own-process.ts'

/** What it may run. */
const PROGRAMS = {
  http: new URL('./programs/http-server.ts', import.meta.url),
  grpc: new URL('./programs/grpc-server.ts', import.meta.url),
  echo: new URL('./programs/echo-server.ts', import.meta.url),
}

/** A server in a process of its own, which can be killed and started again on the same port. */
export class ServerProcess extends OwnProcess {
  readonly id: string
  readonly #program: URL
  readonly #host: string
  #port: number

  constructor(id: string, program: URL, host = '127.0.0.1', port = 0) {
    super()
    this.id = id
    this.#program = program
    this.#host = host
    this.#port = port
  }

  get port(): number {
    return this.#port
  }

  get url(): string {
    return `http://${this.#host}:${this.#port}`
  }

  /** Resolves when it listens. */
  async start(): Promise<this> {
    this.child = fork(this.#program, [this.id, String(this.#port), this.#host], { execArgv: [] })
    const [port] = (await once(this.child, 'message')) as [number]
    this.#port = port
    return this
  }
}

export function serverProcess(id: string, speaks: keyof typeof PROGRAMS = 'http'): Promise<ServerProcess> {
  return new ServerProcess(id, PROGRAMS[speaks]).start()
}

/** One that is found behind a name: whoever has that knows its address, and that its port is that of the others. */
export function serverAt(host: string, port = 0): Promise<ServerProcess> {
  return new ServerProcess(host, PROGRAMS.http, host, port).start()
}
