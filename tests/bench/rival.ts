import { fork, type Serializable } from 'node:child_process'
import { once } from 'node:events'

/** What a rival's process is told, as its one argument in JSON. */
export type RivalSettings = {
  url: string
  /** Jobs at a time. */
  slots: number
  /** Where each job is to be reported by an HTTP request; jobs that report nothing do nothing. */
  reportTo?: string
  more?: Record<string, number | boolean | string>
}

export type Rival = {
  /** What it said when it was ready: a server its port, anything else a word. */
  said: unknown
  /** Sends it a message and answers what it says to that. */
  ask(message: Serializable): Promise<unknown>
  stop(): Promise<void>
}

/** Starts one of `rivals/` in a process of its own, and waits until it takes jobs. */
export const startRival = async (name: string, settings: RivalSettings): Promise<Rival> => {
  const child = fork(new URL(`./rivals/${name}.ts`, import.meta.url), [JSON.stringify(settings)], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  const exited = once(child, 'exit')
  const gone = exited.then(() => {
    throw new Error(`the rival ${name} ended before it was ready`)
  })
  const [said] = await Promise.race([once(child, 'message'), gone])
  gone.catch(() => undefined)
  return {
    said,
    ask: async (message) => {
      child.send(message)
      const [answer] = await Promise.race([once(child, 'message'), gone])
      return answer
    },
    stop: async () => {
      child.kill('SIGKILL')
      await exited
    },
  }
}
