import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { env, platform } from 'node:process'

/** Where the system keeps what it knows of names. */
export interface SystemFiles {
  readonly hosts: string
  readonly resolvConf: string
}

/** Windows has no resolv.conf: there names with suffixes are left to the system. */
export const systemFiles: SystemFiles = {
  hosts:
    platform === 'win32'
      ? join(env['SystemRoot'] ?? 'C:\\Windows', 'System32', 'drivers', 'etc', 'hosts')
      : '/etc/hosts',
  resolvConf: '/etc/resolv.conf',
}

/** One that is not there, or cannot be read, says nothing. */
export function read(file: string): Promise<string> {
  return readFile(file, 'utf8').catch(() => '')
}
