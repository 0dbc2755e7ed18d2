import { describe, expect, it } from 'vitest'
import { faultKinds, planFaults } from './plan.ts'

const seeds = Array.from({ length: 50 }, (_, seed) => seed)

describe('the fault plan', () => {
  it('is the same for the same seed, and another one for another seed', () => {
    expect(planFaults(7, 600)).toEqual(planFaults(7, 600))
    expect(new Set(seeds.map((seed) => JSON.stringify(planFaults(seed, 60)))).size).toBe(seeds.length)
  })

  it('has every kind of fault in each run of ten minutes, and in some run of 45 s', () => {
    for (const seed of seeds) {
      const kinds = new Set(planFaults(seed, 600).map(({ kind }) => kind))
      expect(faultKinds.filter((kind) => !kinds.has(kind))).toEqual([])
    }
    const ofShortRuns = new Set(seeds.flatMap((seed) => planFaults(seed, 45)).map(({ kind }) => kind))
    expect(ofShortRuns.size).toBe(faultKinds.length)
  })

  it('begins faults in order and ends all of them within the run', () => {
    for (const seed of seeds) {
      const faults = planFaults(seed, 45)
      expect(faults.length).toBeGreaterThan(5)
      expect(faults.toSorted((a, b) => a.at - b.at)).toEqual(faults)
      expect(faults.filter(({ at, seconds }) => at < 0 || seconds < 0 || at + seconds > 45)).toEqual([])
    }
  })

  it('begins some faults while another one lasts', () => {
    const overlaps = planFaults(7, 600).filter((fault, n, all) => {
      const before = all[n - 1]
      return before && before.at + before.seconds > fault.at
    })
    expect(overlaps.length).toBeGreaterThan(10)
  })
})
