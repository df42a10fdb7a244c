// Random numbers that are the same in every run and for every contender.

/** Numbers in [0, 1): mulberry32. */
export function seeded(seed) {
  let state = seed | 0
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** Exponentially distributed. */
export function exponential(random, mean) {
  return -Math.log(1 - random()) * mean
}

/** `count` of 0 ... `size` - 1, each as likely as any other. */
export function draw(random, size, count) {
  const all = Array.from({ length: size }, (_, i) => i)
  return Array.from({ length: count }, () => all.splice(Math.floor(random() * all.length), 1)[0])
}
