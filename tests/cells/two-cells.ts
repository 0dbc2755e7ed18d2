import { createClient } from '@recto/client'
import { addPerson } from '@recto/local/people'
import { freePort } from '@recto/local/ports'
import { until } from '@recto/local/until'
import { type ApiPerson, apiPerson } from '../api/api-system.ts'
import { connect } from '../api/client.ts'
import { startInSteps } from '../support/start-in-steps.ts'
import { type Service, type System, startSystem } from '../support/system.ts'
import { newText } from '../support/text.ts'

export type TwoCells = {
  home: System
  b: System
  /** The API of both cells. */
  api: Service
  /** Where the metrics of the API are. */
  metrics: { url: string }
  /** A person who lives in the home cell, as everybody does at first. */
  person(): Promise<ApiPerson>
  /** A person who lives in the cell b. */
  personOfB(): Promise<ApiPerson>
  /** The environment of an API of both cells. */
  env: Record<string, string>
  stop(): Promise<void>
}

const isAnswered = async (person: ApiPerson): Promise<boolean> =>
  (await person.call('GET', '/api/ai/limits')).status < 500

/** Starts two databases with a worker each, and one API for both. Tokens of the home cell are those of both. */
export const startTwoCells = (): Promise<TwoCells> =>
  startInSteps(async (onStop) => {
    const startCell = async () => {
      const cell = await startSystem()
      onStop(cell.stop)
      return cell
    }
    const [home, b] = await Promise.all([startCell(), startCell()])
    await Promise.all([home.limit(1000, 60), b.limit(1000, 60)])
    const env = { RECTO_CELLS: JSON.stringify({ b: { database_url: b.supabase.apiDatabaseUrl } }) }
    const port = await freePort()
    const starting = home.startApi({ ...env, METRICS_PORT: String(port) })
    const [api] = await Promise.all([starting, home.startWorker(), b.startWorker()])
    onStop(api.stop)
    const send = await connect(api.url)
    const person = async () => apiPerson(send, api, await home.person(api))
    return {
      home,
      b,
      api,
      metrics: { url: `http://127.0.0.1:${port}` },
      env,
      person,
      personOfB: async () => {
        const one = await person()
        await addPerson(b.admin, one.id)
        await home.admin.query(
          `insert into recto.account_cells (account_id, cell, move_id, closed) values ($1, 'b', $1, true)`,
          [one.id],
        )
        // The plan of b tells the two cells apart.
        await b.plan('free', { max_characters: 9_999 })
        const livesInB = async () => (await one.call('GET', '/api/ai/limits')).text.includes('9999')
        await until(livesInB, { what: 'the directory', timeoutMs: 20_000 })
        return one
      },
    }
  })

/** Resolves when the API answers a person again. */
export const whenAnswered = (person: ApiPerson): Promise<void> =>
  until(() => isAnswered(person), { what: 'an answer', timeoutMs: 30_000 })

export const collect = async <Item>(items: AsyncIterable<Item>): Promise<Item[]> => {
  const all: Item[] = []
  for await (const item of items) all.push(item)
  return all
}

/** Makes flashcards as a person, accepts one and learns its card. Returns the id of the generation. */
export const makeGeneration = async (
  { token }: ApiPerson,
  { api }: Pick<TwoCells, 'api'>,
  account?: string,
): Promise<string> => {
  const recto = createClient({ url: api.url, getToken: () => token, ...(account === undefined ? {} : { account }) })
  const { id, suggestions } = await recto.generate(newText())
  const [first] = suggestions
  if (!first) throw new Error('no suggestion')
  await recto.review([{ id: first.id, action: 'accept' }])
  const [due] = await recto.cards.due()
  if (!due) throw new Error('no card is due')
  await recto.cards.rate(due.card, 'good')
  return id
}
