import { readFileSync, writeFileSync } from 'node:fs'
import { setPriority } from 'node:os'

/** Six steps of `nice` leave 272 of 1,024 shares. */
const A_QUARTER = 6

/** Linux may share the CPU between sessions. Then `nice` only counts within one, and each process of a load has its own. */
const sharedBySession = (): boolean => {
  try {
    return readFileSync('/proc/sys/kernel/sched_autogroup_enabled', 'utf8').trim() === '1'
  } catch {
    return false
  }
}

/**
 * Gives a process a quarter of the CPU time that another one gets when there is less than all want: what workers have in
 * `deploy/`, as `cpu_shares` of a container and `CPUWeight` of a unit.
 * @throws Error when the process has ended
 */
export const leaveToOthers = (pid: number): void => {
  if (sharedBySession()) writeFileSync(`/proc/${pid}/autogroup`, String(A_QUARTER))
  else setPriority(pid, A_QUARTER)
}
