import { expect, test } from 'vitest'
import { plot } from './plot.ts'
import { atRate } from './traffic.ts'

test('a plot has a line for each series within its axes, and says its unit', () => {
  const svg = plot('Seconds', [
    {
      name: 'p50',
      points: [
        [0, 0],
        [10, 42],
      ],
    },
    {
      name: 'p95',
      points: [
        [0, 1],
        [10, 90],
      ],
    },
  ])
  expect(svg).toContain('<title>Seconds</title>')
  const lines = [...svg.matchAll(/<polyline points="([^"]+)"/g)].map(([, points = '']) => points)
  // From the lower left corner to the right end; 90 is the upper end.
  expect(lines).toEqual(['56.0,208.0 708.0,124.0', '56.0,206.0 708.0,28.0'])
  expect(svg.match(/>90</g)).toHaveLength(1)
})

test('work comes as often as its rate says, however long each call takes', async () => {
  let most = 0
  let running = 0
  let calls = 0
  await atRate(
    0.5,
    () => 100,
    async () => {
      calls += 1
      running += 1
      most = Math.max(most, running)
      await new Promise((resolve) => setTimeout(resolve, 100))
      running -= 1
    },
  )
  expect(calls).toBe(50)
  expect(most).toBeGreaterThan(5)
})
