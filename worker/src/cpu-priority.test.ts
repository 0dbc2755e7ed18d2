import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { getPriority } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'

const program = `
import { lowerCpuPriority } from '${join(import.meta.dirname, 'cpu-priority.ts')}'
await lowerCpuPriority()
console.log('lower')
setInterval(() => {}, 1_000)
`

/** The share of the CPU that Linux gives to the session of a process, in steps of `nice`; null where it gives none. */
const shareOfSession = (pid: number): number | null => {
  const setting = '/proc/sys/kernel/sched_autogroup_enabled'
  if (!existsSync(setting) || readFileSync(setting, 'utf8').trim() !== '1') return null
  return Number(readFileSync(`/proc/${pid}/autogroup`, 'utf8').split(' ').at(-1))
}

describe('a process that lowers its priority', () => {
  let end = () => {}
  afterEach(() => end())
  /** Starts a process that has lowered its priority. */
  const start = async (detached: boolean): Promise<number> => {
    const child = spawn(process.execPath, ['--input-type=module', '--eval', program], {
      detached,
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    end = () => child.kill('SIGKILL')
    await once(child.stdout, 'data')
    return Number(child.pid)
  }

  test('lowers its session when it started it', async () => {
    const pid = await start(true)
    expect(shareOfSession(pid) ?? getPriority(pid)).toBeGreaterThanOrEqual(6)
  })

  test('lowers itself alone in the session of others', async () => {
    const before = { own: getPriority(), ofSession: shareOfSession(process.pid) }
    const pid = await start(false)
    expect(getPriority(pid)).toBeGreaterThanOrEqual(6)
    expect({ own: getPriority(), ofSession: shareOfSession(pid) }).toEqual(before)
  })
})
