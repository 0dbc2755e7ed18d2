import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { type Host, startClientHosts } from '../support/client-hosts.ts'
import type { TestPerson } from '../support/person.ts'
import { type Service, type System, startSystem } from '../support/system.ts'
import { newText } from '../support/text.ts'
import { createWeakLink, type LinkMode, type WeakLink } from '../support/weak-link.ts'

let system: System
let clients: Awaited<ReturnType<typeof startClientHosts>>
let api: Service
let worker: Service
const links = new Set<WeakLink>()

beforeAll(async () => {
  system = await startSystem()
  clients = await startClientHosts()
  api = await startApi()
  worker = await system.startWorker()
})
afterEach(() => {
  for (const link of links) link.stop()
  links.clear()
})
afterAll(async () => {
  await clients?.stop()
  await system?.stop()
})

const startApi = () => system.startApi({ CORS_ORIGINS: clients.origin })
const hosts: ('Node' | 'Chromium')[] = ['Node', 'Chromium']
const hostOf = (name: 'Node' | 'Chromium'): Host => clients.hosts[name]

const linkTo = async (target: { url: string }): Promise<WeakLink> => {
  const link = await createWeakLink(target)
  links.add(link)
  return link
}

type Args = { url: string; token: string; text: string; timeoutMs?: number }
const argsOf = ({ token }: TestPerson, { url }: { url: string }, text = newText()): Args => ({ url, token, text })

/** In a host: generates, and answers what came of it. */
const generate = async ({ url, token, text, timeoutMs = 60_000 }: Args) => {
  const client = recto.createClient({ url, getToken: () => token })
  const { id, status, suggestions } = await client.generate(text, { timeoutMs })
  return { id, status, cards: suggestions.length }
}

const generationsOf = async ({ id }: TestPerson) => {
  const { rows } = await system.admin.query<{ id: string }>('select id from public.ai_generations where user_id = $1', [
    id,
  ])
  return rows.map((row) => row.id)
}

describe.each(hosts)('in %s, generate', (name) => {
  test('answers the cards of a text', async () => {
    const person = await system.person()
    expect(await hostOf(name)(generate, argsOf(person, api))).toMatchObject({ status: 'succeeded', cards: 10 })
  })

  test('makes one generation when the answer to its submission is lost', async () => {
    const person = await system.person()
    const link = await linkTo(api)
    link.set('lose')
    const finished = hostOf(name)(generate, argsOf(person, link))
    await expect.poll(() => generationsOf(person)).toHaveLength(1)
    link.set('pass')
    expect(await generationsOf(person)).toEqual([(await finished).id])
  })

  test('goes on with a new token when the old one has expired', async () => {
    const person = await system.person()
    const expired = await system.supabase.issueToken({ sub: person.id, expiresIn: -60 })
    const cards = await hostOf(name)(
      async ({ url, token, text, old }) => {
        const asked: (string | undefined)[] = []
        const getToken = (rejected?: string) => {
          asked.push(rejected)
          return rejected === old ? token : old
        }
        const { suggestions } = await recto.createClient({ url, getToken }).generate(text)
        return suggestions.length > 0 && asked.includes(old)
      },
      { ...argsOf(person, api), old: expired },
    )
    expect(cards).toBe(true)
  })

  test('waits for its turn under a rate limit, and fails at once when that is after its time', async () => {
    const person = await system.person()
    await system.limit(1, 12)
    const within = async (timeoutMs: number) =>
      hostOf(name)(
        async ({ url, token, text, timeoutMs: most }: Args) => {
          const client = recto.createClient({ url, getToken: () => token })
          return client.generate(text, { timeoutMs: most ?? 0 }).then(
            ({ status }) => status,
            (error: unknown) => (recto.isRectoError(error) ? error.code : String(error)),
          )
        },
        { ...argsOf(person, api), timeoutMs },
      )
    expect(await within(30_000)).toBe('succeeded')
    expect(await within(500)).toBe('rate_limited')
    expect(await within(30_000)).toBe('succeeded')
    await system.limit(1_000_000, 60)
  })

  test.each<[string, LinkMode, number]>([
    ['while its submission is not answered', 'hold', 0],
    ['while the API cannot be reached', 'refuse', 0],
    ['while its generation is waited for', 'pass', 1],
  ])('is ended within 20 ms by an abort %s', async (_, mode, generations) => {
    const person = await system.person()
    const link = await linkTo(api)
    link.set(mode)
    const text = newText({ marker: 'takes-for-ever' })
    system.model.setScript([{ match: { text: 'takes-for-ever' }, hang: 'headers' }])
    const aborted = hostOf(name)(
      async ({ url, token, text: source, after }: Args & { after: number }) => {
        const controller = new AbortController()
        const client = recto.createClient({ url, getToken: () => token })
        const failure = client.generate(source, { signal: controller.signal }).catch((error: unknown) => error)
        await new Promise((resolve) => setTimeout(resolve, after))
        // A timer, because it is due as late as the abort when the machine gives this process no time in between.
        const late = new Promise((resolve) => setTimeout(resolve, 20, 'more than 20 ms'))
        controller.abort()
        const error = await Promise.race([failure, late])
        return recto.isRectoError(error) ? { code: error.code, id: error.generationId } : { code: String(error) }
      },
      { ...argsOf(person, link, text), after: generations ? 4_000 : 1_000 },
    )
    const error = await aborted
    expect(error).toMatchObject({ code: 'aborted' })
    expect(await generationsOf(person)).toEqual(generations ? [error.id] : [])
    system.model.setScript([])
  })
})

describe.each(hosts)('in %s, a learner', (name) => {
  test('accepts and rejects suggestions, and takes the cards out and in again', async () => {
    const person = await system.person()
    const result = await hostOf(name)(
      async ({ url, token, text }: Args) => {
        const client = recto.createClient({ url, getToken: () => token })
        const { id, suggestions } = await client.generate(text)
        const [first, second] = suggestions
        if (!first || !second) throw new Error('there are too few cards')
        const reviewed = await client.review([
          { id: first.id, action: 'accept', front: 'Edited?' },
          { id: second.id, action: 'reject', reason: 'too_easy' },
        ])
        const own = await client.cards.add({ front: 'Łódź?', back: 'A city', tags: ['poland'] })
        const changed = await client.cards.change(own, { back: 'A town' })
        const overwritten = await client.cards.change(own, { back: 'lost' }).catch((error: unknown) => error)
        const found: string[] = []
        for await (const card of client.cards.list({ search: 'lodz' })) found.push(card.back)
        const due = await client.cards.due()
        const { schedule } = await client.cards.rate(changed, 'easy')
        const csv = await client.cards.export('csv')
        await client.cards.remove(changed)
        await client.cards.remove(changed)
        const again = await client.cards.import('csv', csv)
        const packed = await client.cards.export('apkg', { generation_id: id })
        const mistakes = await client.cards.import('csv', 'front,back\n,b\n').catch((error: unknown) => error)
        return {
          reviewed: reviewed.map(({ status, edited }) => [status, edited]),
          overwritten: recto.isRectoError(overwritten) && overwritten.code,
          found,
          due: due.length,
          reps: schedule.reps,
          again,
          packed: packed.size > 0,
          line: recto.isRectoError(mistakes) && 'problem' in mistakes && mistakes.problem.errors?.[0]?.path,
        }
      },
      argsOf(person, api),
    )
    expect(result).toEqual({
      reviewed: [
        ['accepted', true],
        ['rejected', false],
      ],
      overwritten: 'precondition_failed',
      found: ['A town'],
      due: 2,
      reps: 1,
      again: { created: 1, updated: 0, unchanged: 1, issues: [] },
      packed: true,
      line: 'line 2',
    })
  })
})

test('the package is at most 6 kB when it is compressed', () => {
  expect(clients.gzippedBytes).toBeLessThan(6_000)
})

test('generate goes on after the API was killed and away for ten seconds, in Node and in Chromium at once', async () => {
  const person = await system.person()
  await worker.stop()
  const first = await startApi()
  const link = await linkTo(first)
  const running = hosts.map((name) => hostOf(name)(generate, argsOf(person, link)))
  await expect.poll(() => generationsOf(person)).toHaveLength(2)
  link.set('refuse')
  first.kill('SIGKILL')
  await delay(10_000)
  link.leadTo(await startApi())
  worker = await system.startWorker()
  const finished = await Promise.all(running)
  expect(finished.map(({ id }) => id).sort()).toEqual((await generationsOf(person)).sort())
})
