/**
 * Does this platform forget timers when the request ends that set them, while others still go on? Cloudflare
 * Workers does, and says who it is in this way. There each timer is for one call only.
 */
export function forgetsTimers(): boolean {
  return typeof navigator !== 'undefined' && navigator?.userAgent === 'Cloudflare-Workers'
}
