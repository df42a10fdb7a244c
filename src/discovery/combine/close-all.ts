/** Closes all of them, also when one cannot be closed; that is thrown at the end. */
export async function closeAll(parts: readonly { close(): Promise<void> }[]): Promise<void> {
  const ends = await Promise.allSettled(parts.map((part) => part.close()))
  for (const end of ends) if (end.status === 'rejected') throw end.reason
}
