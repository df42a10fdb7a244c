import { describe, expect, it } from 'vitest'
import { RecentVolume } from '../../src/core/recent-volume.js'

describe('RecentVolume', () => {
  it('counts what is in the window, and lets it fade out of it', () => {
    const volume = new RecentVolume()
    for (let i = 0; i < 100; i++) volume.add(1_000, 1_000)
    expect(volume.count(1_999, 1_000)).toBe(100)
    expect(volume.count(2_500, 1_000)).toBe(50)
    expect(volume.count(2_999, 1_000)).toBe(0)
  })

  it('is empty after a gap, however long', () => {
    const volume = new RecentVolume()
    for (let i = 0; i < 100; i++) volume.add(1_000, 1_000)
    expect(volume.count(600_000, 1_000)).toBe(0)
    volume.add(600_000, 1_000)
    expect(volume.count(600_000, 1_000)).toBe(1)
  })
})
