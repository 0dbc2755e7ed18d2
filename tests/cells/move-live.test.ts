import { randomUUID } from 'node:crypto'
import { until } from '@recto/local/until'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { ApiPerson } from '../api/api-system.ts'
import type { System } from '../support/system.ts'
import { newText } from '../support/text.ts'
import { moved } from './moves.ts'
import { startTeam } from './teams.ts'
import { startTwoCells, type TwoCells } from './two-cells.ts'

let cells: TwoCells
beforeAll(async () => {
  cells = await startTwoCells()
  // However long a move takes on a busy machine, no limit of a plan is in the way.
  await Promise.all([cells.home, cells.b].map((cell) => cell.limit(1_000_000, 60)))
})
afterAll(() => cells?.stop())

type Sent = { key: string; id: string; answers: number[] }

/** Submits with a key until it is accepted, as a client does that is told to come back. */
const submit = async (person: ApiPerson, account: string): Promise<Sent> => {
  const key = `live-${randomUUID()}`
  const text = newText()
  const answers: number[] = []
  let id = ''
  const isAccepted = async () => {
    const answer = await person.submit({ source_text: text }, { 'idempotency-key': key, 'x-recto-account': account })
    answers.push(answer.status)
    id = String(Object(answer.json).generation_id)
    return answer.status === 202
  }
  await until(isAccepted, { what: `a submission that is accepted (${answers})`, timeoutMs: 60_000, everyMs: 100 })
  return { key, id, answers }
}

const generationsOf = async ({ admin }: System, person: ApiPerson) => {
  const { rows } = await admin.query<{ id: string; idempotency_key: string; status: string }>(
    `select id, idempotency_key, status from public.ai_generations where user_id = $1 and idempotency_key like 'live-%'`,
    [person.id],
  )
  return rows
}

it('a move under requests loses none and does none twice, and the people of other accounts notice nothing', async () => {
  const { ann, bob, team } = await startTeam(cells)
  const other = await cells.person()
  let moving = true
  const keepSubmitting = async (person: ApiPerson, account: string): Promise<Sent[]> => {
    const sent: Sent[] = []
    while (moving) sent.push(await submit(person, account))
    return [...sent, await submit(person, account)]
  }
  const clients = [keepSubmitting(ann, ann.id), keepSubmitting(ann, team), keepSubmitting(bob, team)]
  const undisturbed = keepSubmitting(other, other.id)
  await moved(cells, team, 'b').finally(() => {
    moving = false
  })
  const [sent, others] = [(await Promise.all(clients)).flat(), await undisturbed]
  expect(others.flatMap(({ answers }) => answers).filter((status) => status !== 202)).toEqual([])
  expect(sent.some(({ answers }) => answers.includes(503))).toBe(true)
  expect(sent.flatMap(({ answers }) => answers).filter((status) => status !== 202 && status !== 503)).toEqual([])

  const isOver = async () =>
    (await Promise.all([ann, bob].map((person) => generationsOf(cells.b, person))))
      .flat()
      .every(({ status }) => status === 'succeeded')
  await until(isOver, { what: 'the end of all generations', timeoutMs: 60_000 })
  const [here, there] = await Promise.all(
    [cells.home, cells.b].map(async (cell) => [
      ...(await generationsOf(cell, ann)),
      ...(await generationsOf(cell, bob)),
    ]),
  )
  expect(here).toEqual([])
  const byKey = (there ?? []).map(({ idempotency_key, id }) => `${idempotency_key} ${id}`)
  expect(byKey.toSorted()).toEqual(sent.map(({ key, id }) => `${key} ${id}`).toSorted())
})
