import { setTimeout as delay } from 'node:timers/promises'
import { until } from '@recto/local/until'
import { z } from 'zod'
import { readEvents } from '../support/event-reader.ts'
import type { TestPerson } from '../support/person.ts'
import { createRandom } from '../support/random.ts'
import { newText } from '../support/text.ts'
import type { Following, Journal, Submission } from './journal.ts'

const path = '/api/ai/generations'
const REQUEST_MS = 10_000
const AGAIN_MS = 400
const terminal = new Set(['succeeded', 'failed', 'cancelled'])

const Accepted = z.object({ generation_id: z.string() })
const Read = z.object({ status: z.string() })
const Listed = z.object({ data: z.array(z.object({ id: z.string() })) })

/** How often a person submits, follows by stream, cancels, and looks at what belongs to others. */
const habits = { pauseMs: [300, 1_200], stream: 0.4, poll: 0.3, twice: 0.1, cancel: 0.1, look: 0.2 } as const

type Options = {
  person: TestPerson
  /** The API that the next request goes to. */
  anyUrl: () => string
  journal: Journal
  seed: number
  /** Ids of generations of everybody else. */
  others: () => string[]
  /** True from the moment at which everything has to be over. */
  isOver: () => boolean
}

/** One person and their app, which repeats what fails. Everything that they are told goes to the journal. */
export const createClient = ({ person, anyUrl, journal, seed, others, isOver }: Options) => {
  const random = createRandom(seed)
  const background = new Set<Promise<void>>()
  const own: string[] = []
  let count = 0

  const inBackground = (work: Promise<void>) => {
    const tracked = work
      .catch((error: unknown) => void journal.errors.push(String(error)))
      .finally(() => background.delete(tracked))
    background.add(tracked)
  }
  const send = (to: string, init: RequestInit = {}) =>
    person.api(to, { ...init, signal: AbortSignal.timeout(REQUEST_MS) }).catch(() => undefined)
  /** The answer to a request; undefined while there is none, or one that says to try again. */
  const ask = async (to: string, init: RequestInit = {}) => {
    const answer = await send(to, init)
    const body: unknown = await answer?.json().catch(() => undefined)
    if (!answer || body === undefined || answer.status >= 500 || answer.status === 409) return undefined
    return { status: answer.status, body }
  }

  /** Sends a submission until it is answered. */
  const submitUntilAnswered = async (submission: Submission, text: string): Promise<void> => {
    while (!isOver()) {
      const answer = await ask(path, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'idempotency-key': submission.key },
        body: JSON.stringify({ source_text: text }),
      })
      if (answer?.status === 202) {
        submission.ids.add(Accepted.parse(answer.body).generation_id)
        submission.outcome = 'accepted'
        return
      }
      if (answer && [402, 403, 429].includes(answer.status)) {
        if (submission.outcome === 'unanswered') submission.outcome = 'denied'
        return
      }
      if (answer) {
        submission.unexpected.push(`${answer.status} ${JSON.stringify(answer.body)}`)
        return
      }
      await delay(AGAIN_MS)
    }
  }

  const tell = (following: Following, status: string) => {
    if (following.statuses.at(-1) !== status) following.statuses.push(status)
  }

  const followByPoll = async (following: Following): Promise<void> => {
    while (following.ended === undefined && !isOver()) {
      const answer = await ask(`${path}/${following.id}?wait=5`)
      if (answer && answer.status !== 200) following.unexpected.push(`${answer.status} ${JSON.stringify(answer.body)}`)
      if (answer?.status === 200) {
        const { status } = Read.parse(answer.body)
        tell(following, status)
        if (terminal.has(status)) following.ended = status
      } else await delay(AGAIN_MS)
    }
  }

  /** Reads one stream until it ends or breaks. Answers the id of its last durable event. */
  const readStream = async (following: Following, from: string | undefined): Promise<string | undefined> => {
    const headers = {
      authorization: `Bearer ${person.token}`,
      ...(from === undefined ? {} : { 'last-event-id': from }),
    }
    const stream = await readEvents(`${anyUrl()}${path}/${following.id}/events`, { headers })
    await until(() => stream.isOver() || isOver(), { what: 'a stream', timeoutMs: 3_600_000, everyMs: 100 })
    await stream.leave()
    for (const [n, { event, data }] of stream.events.entries()) {
      if (event !== 'status' && event !== 'done') continue
      const { status } = Read.parse(data)
      tell(following, status)
      if (event !== 'done') continue
      following.ended = status
      if (n < stream.events.length - 1) following.unexpected.push('events came behind the event done')
    }
    return stream.events.findLast(({ id }) => id !== undefined)?.id ?? from
  }

  const followByStream = async (following: Following): Promise<void> => {
    let last: string | undefined
    while (following.ended === undefined && !isOver()) {
      last = await readStream(following, last).catch(() => last)
      if (following.ended !== undefined) return
      following.reopened += 1
      await delay(AGAIN_MS)
    }
  }

  const follow = (id: string, way: Following['way']) => {
    const following: Following = { id, way, statuses: [], ended: undefined, reopened: 0, unexpected: [] }
    journal.followings.push(following)
    inBackground(way === 'stream' ? followByStream(following) : followByPoll(following))
  }

  const cancel = async (id: string): Promise<void> => {
    await delay(random.below(1_500))
    while (!isOver()) {
      const answer = await ask(`${path}/${id}/cancel`, { method: 'POST' })
      if (answer?.status === 200 || answer?.status === 202) {
        journal.cancellings.push({ id, told: Read.parse(answer.body).status })
        return
      }
      await delay(AGAIN_MS)
    }
  }

  /** Looks for what belongs to others: by its id, in lists of the API, and in rows by way of PostgREST. */
  const lookAround = async (): Promise<void> => {
    const foreign = others()
    if (foreign.length === 0) return
    const id = random.oneOf(foreign)
    const look = (at: string, found: string[]) => journal.looks.push({ person: person.id, at, found })
    const read = await ask(`${path}/${id}`)
    if (read) look('GET by id', read.status === 404 ? [] : [`${id}: ${read.status}`])
    const cancelled = await ask(`${path}/${id}/cancel`, { method: 'POST' })
    if (cancelled) look('cancel', cancelled.status === 404 ? [] : [`${id}: ${cancelled.status}`])
    const isForeign = (one: string) => others().includes(one)
    const list = await ask(`${path}?limit=50`)
    if (list?.status === 200)
      look(
        'list',
        Listed.parse(list.body)
          .data.map((one) => one.id)
          .filter(isForeign),
      )
    const { data } = await person.client
      .from('ai_suggestions')
      .select('generation_id')
      .in('generation_id', foreign.slice(-20))
    if (data)
      look(
        'PostgREST',
        data.map((one) => one.generation_id),
      )
  }

  const submitOne = async (): Promise<void> => {
    count += 1
    const key = `chaos-${seed}-${count}`
    const submission: Submission = { person: person.id, key, outcome: 'unanswered', ids: new Set(), unexpected: [] }
    journal.submissions.push(submission)
    const text = newText({ marker: key, length: 1_000 })
    const isImpatient = random.chance(habits.twice)
    const sent = [
      submitUntilAnswered(submission, text),
      ...(isImpatient ? [submitUntilAnswered(submission, text)] : []),
    ]
    await Promise.all(sent)
    const [id] = submission.ids
    if (id === undefined) return
    own.push(id)
    if (random.chance(habits.cancel)) inBackground(cancel(id))
    if (random.chance(habits.stream)) follow(id, 'stream')
    else if (random.chance(habits.poll)) follow(id, 'poll')
  }

  return {
    own: (): readonly string[] => own,
    /** Submits until `untilEnd` is aborted. What is under way then goes on in the background. */
    run: async (untilEnd: AbortSignal): Promise<void> => {
      while (!untilEnd.aborted) {
        // A submission that a fault holds up holds up no other one.
        inBackground(submitOne())
        if (random.chance(habits.look)) inBackground(lookAround())
        const [shortest, longest] = habits.pauseMs
        await delay(shortest + random.below(longest - shortest))
      }
    },
    /** Submits the same again with each key that was accepted, and answers the ids that differ. */
    repeatAll: async (): Promise<string[]> => {
      const differing: string[] = []
      const mine = journal.submissions.filter((one) => one.person === person.id && one.outcome === 'accepted')
      for (const { key, ids } of mine) {
        const again: Submission = { person: person.id, key, outcome: 'unanswered', ids: new Set(), unexpected: [] }
        await submitUntilAnswered(again, newText({ marker: key, length: 1_000 }))
        const [id = again.unexpected.join() || again.outcome] = again.ids
        if (!ids.has(id)) differing.push(`${key}: ${[...ids]}, again: ${id}`)
      }
      return differing
    },
    /** Resolves when nothing is under way any more. */
    settled: async (): Promise<void> => {
      while (background.size > 0) await Promise.all(background)
    },
  }
}

export type Client = ReturnType<typeof createClient>
