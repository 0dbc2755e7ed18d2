import { execFileSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { startApiSystem } from '../api/api-system.ts'
import { startInSteps } from './start-in-steps.ts'

describe('a start in steps', () => {
  it('ends what was started when it is stopped, the last first', async () => {
    const ended: string[] = []
    const { name, stop } = await startInSteps(async (onStop) => {
      onStop(() => ended.push('first'))
      onStop(async () => ended.push('second'))
      return { name: 'a system' }
    })
    expect([name, ...ended]).toEqual(['a system'])
    await stop()
    expect(ended).toEqual(['second', 'first'])
  })

  it('ends what was started when a later step fails, and rejects with the error of the step', async () => {
    const ended: string[] = []
    const started = startInSteps(async (onStop) => {
      onStop(() => ended.push('first'))
      onStop(() => Promise.reject(new Error('the end fails, too')))
      throw new Error('the step fails')
    })
    await expect(started).rejects.toThrow('the step fails')
    expect(ended).toEqual(['first'])
  })

  it('ends at once what another step starts after one has failed', async () => {
    const ended: string[] = []
    const slow = Promise.withResolvers<void>()
    const started = startInSteps(async (onStop) => {
      const later = slow.promise.then(() => onStop(() => ended.push('later')))
      await Promise.all([later, Promise.reject(new Error('the step fails'))])
    })
    await expect(started).rejects.toThrow('the step fails')
    slow.resolve()
    await expect.poll(() => ended).toEqual(['later'])
  })

  it('rejects when an end fails, after all others have happened', async () => {
    const ended: string[] = []
    const { stop } = await startInSteps(async (onStop) => {
      onStop(() => ended.push('first'))
      onStop(() => Promise.reject(new Error('the end fails')))
    })
    await expect(stop()).rejects.toThrow('the end fails')
    expect(ended).toEqual(['first'])
  })
})

/** The processes that this one has started and that still run. */
const running = (): string[] => {
  const lines = execFileSync('ps', ['-A', '-o', 'pid=,ppid=,args='], { encoding: 'utf8' }).trim().split('\n')
  return lines.filter((line) => Number(line.trim().split(/\s+/)[1]) === process.pid && !line.includes('ps -A'))
}

describe('a system', () => {
  it('leaves no process when its API does not start', async () => {
    const before = running()
    await expect(startApiSystem({ API_DB_CONNECTIONS: 'none' })).rejects.toThrow('the api did not start')
    expect(running()).toEqual(before)
  })
})
