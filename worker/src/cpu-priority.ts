import { readFileSync, writeFileSync } from 'node:fs'
import { getPriority, setPriority } from 'node:os'
import { setTimeout as delay } from 'node:timers/promises'

/** Steps of `nice` that leave 272 of 1,024 shares, as `cpu_shares` and `CPUWeight` in `deploy/` do. */
const A_QUARTER = 6
/** Linux takes ten changes of sessions a second, of all users together. */
const TRIES = 5
const PAUSE_MS = 110

/** Whether Linux shares the CPU between sessions, and this process has one of its own. Then `nice` has no effect. */
const hasOwnShare = (): boolean => {
  try {
    const on = readFileSync('/proc/sys/kernel/sched_autogroup_enabled', 'utf8').trim() === '1'
    const [, , , session] = readFileSync('/proc/self/stat', 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ')
    return on && Number(session) === process.pid
  } catch {
    return false
  }
}

const lowerProcess = (): void => {
  if (getPriority() < A_QUARTER) setPriority(A_QUARTER)
}

/** The file says `/autogroup-42 nice 0`, and takes the number. */
const lowerSession = (): void => {
  const file = '/proc/self/autogroup'
  if (Number(readFileSync(file, 'utf8').split(' ').at(-1)) < A_QUARTER) writeFileSync(file, String(A_QUARTER))
}

/**
 * Leaves the CPU to others: this process gets a quarter of what another one gets, such as an API, while there is less
 * than all want (docs/adr/0040). A system that does not let it is no reason not to run.
 */
export const lowerCpuPriority = async (): Promise<void> => {
  const lower = hasOwnShare() ? lowerSession : lowerProcess
  for (let attempt = 0; attempt < TRIES; attempt++) {
    try {
      return lower()
    } catch {
      await delay(PAUSE_MS)
    }
  }
}
