import type { Measure } from './interleaved.ts'

/** Measures the CPU milliseconds of this process per call, over `calls` calls one after another. */
export const cpuOf =
  (call: () => Promise<void>, calls: number): Measure =>
  async (warmUp) => {
    const count = warmUp ? calls / 3 : calls
    const before = process.cpuUsage()
    for (let n = 0; n < count; n++) await call()
    const { user, system } = process.cpuUsage(before)
    return (user + system) / 1000 / count
  }
