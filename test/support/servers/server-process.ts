import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'

const PROGRAM = new URL('./programs/http-server.ts', import.meta.url)

/** A server in a process of its own, which can be killed and started again on the same port. */
export class ServerProcess implements AsyncDisposable {
  readonly id: string
  #child: ChildProcess | undefined
  #port = 0

  constructor(id: string) {
    this.id = id
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`
  }

  /** Resolves when it listens. */
  async start(): Promise<this> {
    this.#child = fork(PROGRAM, [this.id, String(this.#port)], { execArgv: [] })
    const [port] = (await once(this.#child, 'message')) as [number]
    this.#port = port
    return this
  }

  /** Ends it without a word: the kernel resets what it had open. */
  async kill(): Promise<void> {
    const child = this.#child
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
    const exited = once(child, 'exit')
    child.kill('SIGKILL')
    await exited
  }

  /** It takes connections (the kernel does) and says nothing any more, until it is thawed. */
  freeze(): void {
    this.#child?.kill('SIGSTOP')
  }

  thaw(): void {
    this.#child?.kill('SIGCONT')
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.kill()
  }
}

export function serverProcess(id: string): Promise<ServerProcess> {
  return new ServerProcess(id).start()
}
