import { createHash } from 'node:crypto'

/** From the weakest to the strongest; what is none of these says nothing (Subresource Integrity, section 3.3). */
const ALGORITHMS = ['sha256', 'sha384', 'sha512']
const ENTRY = /^(sha256|sha384|sha512)-([A-Za-z\d+/_-]+={0,2})(?:\?.*)?$/

/** Are these the bytes that were asked for? The strongest algorithm that is named decides; where none is, all are. */
export function isIntact(chunks: readonly Uint8Array[], integrity: string): boolean {
  const entries = integrity.split(/\s+/).flatMap((entry) => {
    const [, algorithm, digest] = ENTRY.exec(entry) ?? []
    return algorithm === undefined || digest === undefined ? [] : [{ algorithm, digest }]
  })
  const strongest = ALGORITHMS.findLast((algorithm) => entries.some((entry) => entry.algorithm === algorithm))
  if (strongest === undefined) return true
  const hash = createHash(strongest)
  for (const chunk of chunks) hash.update(chunk)
  const actual = hash.digest()
  return entries.some(
    ({ algorithm, digest }) => algorithm === strongest && actual.equals(Buffer.from(digest, 'base64')),
  )
}
