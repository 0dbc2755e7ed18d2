import { endLeftoverProcess } from './processes.ts'

// What stands in the command line of each kind of process; a pid that was given away since does not show it.
const marks: Record<string, string> = {
  api: '/api/src/main.ts',
  worker: '/worker/src/main.ts',
  postgrest: '/postgrest',
}

/**
 * Ends what a launcher that was killed left running, by the pids it had written down, and answers their names. Postgres
 * is not among them: its own data folder says whether one runs on it.
 */
export const endLeftoverProcesses = async (pids: Record<string, number>): Promise<string[]> => {
  const ended = Object.entries(pids).map(async ([name, pid]) => {
    const mark = marks[name]
    return mark !== undefined && (await endLeftoverProcess(pid, mark, ['SIGTERM', 'SIGKILL'])) ? [name] : []
  })
  return (await Promise.all(ended)).flat()
}
