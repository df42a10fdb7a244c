import { randomUUID } from 'node:crypto'
import { rename, rm, writeFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { checkText } from '../../core/validate.js'
import type { ListStore } from '../../discovery/combine/list-store.js'
import { readFileText } from './read-file.js'

/** In bytes. */
const MOST = 2 ** 26

/**
 * Keeps what {@link cached} has in a file, which only this user can read. It is replaced and never written in place, so
 * that whoever reads it has all of it. The directory has to be there.
 *
 * @throws BalancerError `ERR_INVALID_CONFIG`
 */
export function fileStore(path: string): ListStore {
  const place = resolve(checkText(path, 'fileStore.path', 'a path'))
  return {
    async get() {
      try {
        return (await readFileText(place, MOST))?.text
      } catch (error) {
        if ((error as { readonly code?: unknown }).code === 'ENOENT') return undefined
        throw error
      }
    },
    async set(text) {
      // Several processes may write at a time.
      const draft = `${place}.${randomUUID()}.tmp`
      try {
        await writeFile(draft, text, { mode: 0o600, flag: 'wx' })
        await rename(draft, place)
      } catch (error) {
        await rm(draft, { force: true }).catch(() => {})
        throw error
      }
    },
  }
}
