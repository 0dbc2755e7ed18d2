import { listenLive } from './live-messages.ts'
import { startInSteps } from './start-in-steps.ts'
import { createSubmitter, type NewRow } from './submitter.ts'
import { type Service, startSystem } from './system.ts'
import { newText } from './text.ts'
import { startWrittenModel } from './written-model.ts'

/** A system with a model whose answers a test writes, and with a listener to what workers tell meanwhile. */
export const startLiveSystem = () =>
  startInSteps(async (onStop) => {
    const system = await startSystem()
    onStop(system.stop)
    await system.limit(1000, 60)
    const submitter = await createSubmitter(system)
    const model = await startWrittenModel()
    onStop(model.stop)
    const live = await listenLive(system.supabase.apiDatabaseUrl)
    onStop(live.stop)
    let workers: Service[] = []
    let submitted = 0
    return {
      system,
      submitter,
      model,
      live,
      startWorker: async (env: Record<string, string> = {}): Promise<Service> => {
        const worker = await system.startWorker({ OPENROUTER_BASE_URL: model.url, ...env })
        workers.push(worker)
        return worker
      },
      killWorkers: async (): Promise<void> => {
        for (const worker of workers) worker.kill('SIGKILL')
        await Promise.all(workers.map(({ exited }) => exited))
        workers = []
      },
      /** Submits a text. `next` waits for the next request about it. */
      submit: async (row: NewRow = {}) => {
        const marker = `live-${++submitted}`
        const id = await submitter.submit(await system.person(), { source_text: newText({ marker }), ...row })
        return { id, next: () => model.next(marker) }
      },
    }
  })

export type LiveSystem = Awaited<ReturnType<typeof startLiveSystem>>

/** Cards that the texts of tests prove. */
export const builder = { front: 'Who built the lighthouse of Point 1?', back: 'Clara Whitfield' }
export const tower = { front: 'How high is the tower of the lighthouse?', back: '42 metres' }
export const horn = { front: 'How far can the fog horn be heard?', back: '9 kilometres' }
export const museum = { front: 'How many objects does the museum show?', back: '260' }
const quotes = new Map([
  [builder, 'was built in 1847 by the engineer Clara Whitfield'],
  [tower, 'The tower is 42 metres high and stands on a base of grey granite.'],
  [horn, 'The fog horn can be heard at a distance of 9 kilometres.'],
  [museum, 'A museum in the old engine room shows 260 objects from its history.'],
])
export const cards = [builder, tower, horn, museum]
/** A card as a model writes it. */
export const json = (card: typeof builder) => JSON.stringify({ ...card, source_quote: quotes.get(card) })
