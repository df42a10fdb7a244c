import { constants } from 'node:fs'
import { open } from 'node:fs/promises'

/** A file as it was at one moment. */
export interface FileContent {
  readonly text: string
  /** Another one when something was done to the file. */
  readonly version: string
}

/**
 * Reads a file of at most so many bytes, all of it from one version. Something that is no file, such as a pipe, is
 * not waited for. `undefined` for the version that is known.
 * @throws Error
 */
export async function readFileText(
  path: string,
  most: number,
  known?: string,
): Promise<FileContent | undefined> {
  const file = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0))
  try {
    const stat = await file.stat({ bigint: true })
    if (!stat.isFile()) throw new Error('it is no file')
    if (stat.size > most) throw new RangeError(`it is longer than ${most} bytes`)
    const version = [stat.dev, stat.ino, stat.size, stat.mtimeNs, stat.ctimeNs].join()
    if (version === known) return undefined
    const size = Number(stat.size)
    const bytes = new Uint8Array(size + 1)
    let length = 0
    while (length < bytes.length) {
      const { bytesRead } = await file.read(bytes, length, bytes.length - length, length)
      if (bytesRead === 0) break
      length += bytesRead
    }
    if (length !== size) throw new Error('it is being written')
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(0, size))
    return { text, version }
  } finally {
    await file.close()
  }
}
