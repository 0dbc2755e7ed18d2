import { fork, type Serializable } from 'node:child_process'
import { once } from 'node:events'

/** The settings of a rival's process, which gets them as JSON in its argument. */
export type RivalSettings = {
  url: string
  /** The number of jobs to run at a time. */
  slots: number
  /** The URL of the request that each job sends. Without a URL, jobs do nothing. */
  reportTo?: string
  more?: Record<string, number | boolean | string>
}

export type Rival = {
  pid: number
  /** The first message of the process, which says that it is ready. A server sends its port. */
  said: unknown
  /** Sends a message to the process and returns its answer. */
  ask(message: Serializable): Promise<unknown>
  stop(): Promise<void>
}

/** Starts one of `rivals/` in a process of its own, and waits until it is ready. */
export const startRival = async (name: string, settings: RivalSettings): Promise<Rival> => {
  const child = fork(new URL(`./rivals/${name}.ts`, import.meta.url), [JSON.stringify(settings)], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  if (child.pid === undefined) throw new Error(`the rival ${name} did not start`)
  const { pid } = child
  const exited = once(child, 'exit')
  const endedEarly = exited.then(() => {
    throw new Error(`the rival ${name} ended before it was ready`)
  })
  const [said] = await Promise.race([once(child, 'message'), endedEarly])
  endedEarly.catch(() => undefined)
  return {
    pid,
    said,
    ask: async (message) => {
      child.send(message)
      const [answer] = await Promise.race([once(child, 'message'), endedEarly])
      return answer
    },
    stop: async () => {
      child.kill('SIGKILL')
      await exited
    },
  }
}
