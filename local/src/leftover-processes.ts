import { endLeftoverProcess } from './processes.ts'

// A part of each process's command line. A later process with the same pid does not have it in its own.
const marks: Record<string, string> = {
  api: '/api/src/main.ts',
  worker: '/worker/src/main.ts',
  postgrest: '/postgrest',
}

/**
 * Ends the processes that a killed start left running, by the pids it had recorded, and answers their names. Postgres
 * is not among them, because its data directory says whether it runs.
 */
export const endLeftoverProcesses = async (pids: Record<string, number>): Promise<string[]> => {
  const ended = Object.entries(pids).map(async ([name, pid]) => {
    const mark = marks[name]
    return mark !== undefined && (await endLeftoverProcess(pid, mark, ['SIGTERM', 'SIGKILL'])) ? [name] : []
  })
  return (await Promise.all(ended)).flat()
}
