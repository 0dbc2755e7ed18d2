import { readFileSync } from 'node:fs'
import type { Supabase } from '@recto/local/supabase'

/** The process of Postgres and those of its connections. */
const postgresPids = ({ children }: Pick<Supabase, 'children'>): number[] => {
  const main = children().find(({ name }) => name === 'postgres')?.pid
  if (main === undefined) return []
  const own = readFileSync(`/proc/${main}/task/${main}/children`, 'utf8').trim().split(' ')
  return [main, ...own.filter((pid) => pid !== '').map(Number)]
}

const signalAll = (pids: number[], signal: 'SIGSTOP' | 'SIGCONT') => {
  for (const pid of pids) {
    try {
      process.kill(pid, signal)
    } catch {
      // It has ended meanwhile.
    }
  }
}

/**
 * Has all of Postgres stand still: connections stay, and nothing is answered. Returns what has it go on, which also happens
 * when this process ends.
 */
export const freezePostgres = (supabase: Pick<Supabase, 'children'>): (() => void) => {
  const pids = postgresPids(supabase)
  // Processes that stand still do not hear that they have to end.
  const goOn = () => {
    process.off('exit', goOn)
    signalAll(pids, 'SIGCONT')
  }
  process.once('exit', goOn)
  signalAll(pids, 'SIGSTOP')
  return goOn
}
