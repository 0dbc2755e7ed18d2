import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { seedGeneration } from '../support/seed.ts'
import { newText } from '../support/text.ts'
import { type ApiPerson, type ApiSystem, generationsPath, idOf, startApiSystem } from './api-system.ts'
import { outcomeOf, type Reply } from './client.ts'

/** A finished generation (`over`) that has suggestions, and a live one. */
type Rows = { over: string; live: string; etag: string }

let apiSystem: ApiSystem
let ana: ApiPerson
let ben: ApiPerson
let anas: Rows
beforeAll(async () => {
  apiSystem = await startApiSystem()
  ;[ana, ben] = [await apiSystem.person(), await apiSystem.person()]
  anas = await rowsOf(ana)
  await ben.submit()
})
afterAll(() => apiSystem?.stop())

const rowsOf = async (owner: ApiPerson): Promise<Rows> => {
  const { id: over } = await seedGeneration(apiSystem.system.admin, owner.id)
  const live = idOf(await owner.submit({ source_text: newText() }, { 'idempotency-key': 'anas-lesson' }))
  const etag = (await owner.call('GET', `${generationsPath}/${over}`)).headers.get('etag') ?? ''
  return { over, live, etag }
}
const Ids = z.object({ data: z.array(z.looseObject({ id: z.string() })) })
const idsIn = ({ json }: Reply) => Ids.parse(json).data.map(({ id }) => id)

const snapshot = async () => {
  const { rows } = await apiSystem.system.admin.query(
    `select g.*, j.state, (select count(*) from public.ai_suggestions s where s.generation_id = g.id) as suggestions
     from public.ai_generations g left join pgboss.job j on j.id = g.id where g.user_id = $1 order by g.id`,
    [ana.id],
  )
  return rows
}

type Request = [what: string, send: (by: ApiPerson, rows: Rows) => Promise<Reply>, owner: string]

/** Requests that the owner of a generation may send. Another person gets the answer for an id that does not exist. */
const requests: Request[] = [
  ['read what is over', (by, { over }) => by.call('GET', `${generationsPath}/${over}`), '200'],
  ['read what is live', (by, { live }) => by.call('GET', `${generationsPath}/${live}`), '200'],
  [
    'read under its ETag',
    (by, { over, etag }) => by.call('GET', `${generationsPath}/${over}`, { headers: { 'if-none-match': etag } }),
    '304',
  ],
  [
    'read under any ETag',
    (by, { over }) => by.call('GET', `${generationsPath}/${over}`, { headers: { 'if-none-match': '*' } }),
    '304',
  ],
  ['read by an id in capitals', (by, { over }) => by.call('GET', `${generationsPath}/${over.toUpperCase()}`), '200'],
  ['wait for a change', (by, { live }) => by.call('GET', `${generationsPath}/${live}?wait=1`), '200'],
  ['read suggestions', (by, { over }) => by.call('GET', `${generationsPath}/${over}/suggestions`), '200'],
  ['read the result', (by, { over }) => by.call('GET', `${generationsPath}/${over}/result`), '200'],
  ['wait for the result', (by, { live }) => by.call('GET', `${generationsPath}/${live}/result?wait=1`), '202'],
  ['cancel what is over', (by, { over }) => by.call('POST', `${generationsPath}/${over}/cancel`), '200'],
  ['cancel what is live', (by, { live }) => by.call('POST', `${generationsPath}/${live}/cancel`), '202'],
  ['delete what is over', (by, { over }) => by.call('DELETE', `${generationsPath}/${over}`), '204'],
]

describe('another person', () => {
  it.each(requests)('cannot %s', async (_what, send) => {
    const before = await snapshot()
    expect(outcomeOf(await send(ben, anas))).toBe('404 not_found')
    expect(await snapshot()).toEqual(before)
  })

  it('gets 404 at once when waiting for a generation of another person', async () => {
    const startedAt = performance.now()
    expect(outcomeOf(await ben.call('GET', `${generationsPath}/${anas.live}?wait=30`))).toBe('404 not_found')
    expect(performance.now() - startedAt).toBeLessThan(5000)
  })

  it('lists only own generations, whatever cursor the request brings', async () => {
    const { json } = await ana.call('GET', `${generationsPath}?limit=1`)
    const { next_cursor } = z.object({ next_cursor: z.string() }).parse(json)
    for (const query of ['', '?status=succeeded', '?status=pending', `?cursor=${next_cursor}`]) {
      const ids = idsIn(await ben.call('GET', `${generationsPath}${query}`))
      expect(ids).not.toContain(anas.over)
      expect(ids).not.toContain(anas.live)
    }
    expect(idsIn(await ana.call('GET', generationsPath)).toSorted()).toEqual([anas.over, anas.live].toSorted())
  })

  it('learns nothing from an idempotency key of another person', async () => {
    const answer = await ben.submit({ source_text: newText() }, { 'idempotency-key': 'anas-lesson' })
    expect(idOf(answer)).not.toBe(anas.live)
    expect(answer.headers.get('idempotency-replayed')).toBeNull()
  })

  it('cannot act as another person by request headers', async () => {
    const headers = {
      'x-user-id': ana.id,
      'x-forwarded-user': ana.id,
      cookie: `sb-access-token=${ana.token}`,
      apikey: ana.token,
    }
    expect(outcomeOf(await ben.call('GET', `${generationsPath}/${anas.over}`, { headers }))).toBe('404 not_found')
    expect(
      outcomeOf(await apiSystem.send('GET', `${generationsPath}/${anas.over}?access_token=${ana.token}`, { headers })),
    ).toBe('401 unauthorized')
  })

  it('sees no rows of the person who used the same database connection before', async () => {
    const mixed = Array.from({ length: 60 }, (_, n) => (n % 2 ? ana : ben))
    const lists = await Promise.all(
      mixed.map(async (by) => [by.id, idsIn(await by.call('GET', generationsPath))] as const),
    )
    for (const [id, ids] of lists) expect(ids.includes(anas.over)).toBe(id === ana.id)
  })
})

describe('the person who owns the generation', () => {
  it('can do everything that the other person cannot', async () => {
    const owner = await apiSystem.person()
    const own = await rowsOf(owner)
    const outcomes = []
    for (const [, send] of requests) outcomes.push(outcomeOf(await send(owner, own)))
    expect(outcomes).toEqual(requests.map(([, , outcome]) => outcome))
  })
})
