import { type NormalServer, normalServer } from './normal-server.ts'

/** Works, but takes longer than its clients have: it answers when they have given up. */
export function slowServer(latency: number): Promise<NormalServer> {
  return normalServer({ id: 'slow', latency })
}
