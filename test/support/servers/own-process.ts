import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'

/** A server's process that a test has started: it can be stopped, let go on, and ended without a word. */
export abstract class OwnProcess implements AsyncDisposable {
  protected child: ChildProcess | undefined

  /** Stops it, so that its kernel takes connections and nobody answers. */
  freeze(): void {
    this.child?.kill('SIGSTOP')
  }

  /** Lets it go on. */
  thaw(): void {
    this.child?.kill('SIGCONT')
  }

  /** Ends it without a word: the kernel resets what it had open. */
  async kill(): Promise<void> {
    const { child } = this
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
    const exited = once(child, 'exit')
    child.kill('SIGKILL')
    await exited
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill()
  }
}
