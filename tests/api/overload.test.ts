import { randomUUID } from 'node:crypto'
import { Agent, type IncomingMessage, request } from 'node:http'
import { json as readJson } from 'node:stream/consumers'
import { until } from '@recto/local/until'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { newText } from '../support/text.ts'
import { type ApiPerson, type ApiSystem, generationsPath, startApiSystem } from './api-system.ts'

let apiSystem: ApiSystem
beforeAll(async () => {
  apiSystem = await startApiSystem()
})
afterAll(() => apiSystem?.system.stop())

const Answer = z.looseObject({ code: z.string().optional() })

/** Submits over a connection of its own, as a thousand browsers would. Returns the status and the code of an error. */
const submitOn = async (agent: Agent, { token }: ApiPerson): Promise<string> => {
  const sent = request(`${apiSystem.api.url}${generationsPath}`, {
    agent,
    method: 'POST',
    headers: {
      authorization: `Bearer ${token}`,
      'content-type': 'application/json',
      'idempotency-key': randomUUID(),
    },
  })
  sent.end(JSON.stringify({ source_text: newText() }))
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    sent.on('response', resolve).on('error', reject)
  })
  const { code } = Answer.parse(await readJson(answer))
  return [answer.statusCode, code].filter(Boolean).join(' ')
}

/** Submits once for each person of a list, all at the same time. Counts the outcomes. */
const submitAtOnce = async (people: ApiPerson[]): Promise<Record<string, number>> => {
  const agent = new Agent({ keepAlive: false, maxSockets: Number.POSITIVE_INFINITY })
  const outcomes = await Promise.all(people.map((person) => submitOn(agent, person)))
  agent.destroy()
  return Object.fromEntries(Object.entries(Object.groupBy(outcomes, String)).map(([key, of]) => [key, of?.length ?? 0]))
}

describe('one API process', () => {
  it('accepts a thousand submissions of a hundred people at once, and all succeed', async () => {
    await apiSystem.system.startWorker()
    const people = await Promise.all(Array.from({ length: 100 }, () => apiSystem.person()))
    expect(await submitAtOnce(Array.from({ length: 1_000 }, (_, n) => people[n % 100] as ApiPerson))).toEqual({
      202: 1_000,
    })
    const succeeded = async () => {
      const { rows } = await apiSystem.system.admin.query<{ count: number }>(
        `select count(*)::int as count from public.ai_generations where status = 'succeeded'`,
      )
      return rows[0]?.count === 1_000
    }
    await until(succeeded, { what: 'the end of all generations', timeoutMs: 60_000, everyMs: 200 })
  }, 90_000)

  it('accepts three hundred submissions of one person at once, and lets another person pass them', async () => {
    const [flooding, other] = [await apiSystem.person(), await apiSystem.person()]
    const flood = submitAtOnce(Array<ApiPerson>(300).fill(flooding))
    const begun = async () => (await flooding.call('GET', `${generationsPath}?limit=1`)).text.includes('pending')
    await until(begun, { what: 'the flood', timeoutMs: 30_000 })
    const answered = other.submit().then(() => 'other')
    expect(await Promise.race([answered, flood.then(() => 'flood')])).toBe('other')
    expect(await flood).toEqual({ 202: 300 })
  })
})
