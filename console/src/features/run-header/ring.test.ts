import { describe, expect, it } from 'vitest'

import { ringUrl, shareOf } from './ring'

describe('the ring in the tab', () => {
  it('is a picture that a browser draws', async () => {
    for (const ring of [
      { share: 0.62, colour: '#4f46e5', isFinal: false },
      { share: null, colour: 'oklch(0.6 0.2 150)', isFinal: true },
      { share: 7, colour: '"/><script>alert(1)</script>', isFinal: false },
    ]) {
      const image = new Image()
      image.src = ringUrl(ring)
      await image.decode()
      expect(image.naturalWidth).toBeGreaterThan(0)
      expect(decodeURIComponent(image.src)).not.toContain('<script')
    }
  })

  it('fills as the bar does', () => {
    const part = (share: number): string | undefined =>
      /stroke-dasharray="([\d.]+)/.exec(decodeURIComponent(ringUrl({ share, colour: '#000', isFinal: false })))?.[1]
    expect([0, 0.5, 1].map(part)).toEqual(['0.0', '37.7', '75.4'])
  })

  it('knows the share of a bar', () => {
    expect(shareOf({ done: 31, total: 50 })).toBe(0.62)
    expect(shareOf({ done: 31 })).toBeNull()
    expect(shareOf(undefined)).toBeNull()
    expect(shareOf({ done: 0, total: 0 })).toBe(1)
    expect(shareOf({ done: 12, total: 10 })).toBe(1)
  })
})
