// A text of a use case, read while the model writes it.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { deltasOf, textOf } from '../support/chat.ts'
import { openEvents } from '../support/event-reader.ts'
import { startWrittenModel, type WrittenModel } from '../support/written-model.ts'
import { type ApiPerson, type ApiSystem, generationsPath, idOf, startApiSystem } from './api-system.ts'

let apiSystem: ApiSystem
let model: WrittenModel
let [ana, ben]: ApiPerson[] = []

beforeAll(async () => {
  apiSystem = await startApiSystem()
  model = await startWrittenModel()
  apiSystem.system.onStop(model.stop)
  ;[ana, ben] = [await apiSystem.person(), await apiSystem.person()]
  await apiSystem.system.startWorker({ OPENROUTER_BASE_URL: model.url, RECTO_SCRUB: 'on' })
})
afterAll(() => apiSystem?.stop())

let submitted = 0
/** Asks for a text and reads the events of the answer, which the test writes. */
const ask = async () => {
  if (!ana) throw new Error('nobody asks')
  const marker = `text-${++submitted}`
  const input = `generation-marker: ${marker}\nThe harbour is old. Write to ana.nowak@school.example about it.`
  const id = idOf(await ana.submit({ kind: 'text', use_case: 'summary', input }))
  return { id, reader: await openEvents(apiSystem.api, ana, id), next: () => model.next(marker) }
}

const first = 'The harbour is one of the oldest of the coast, and it has been quiet for many years. '
const second = 'Who wants to know more about it may write to [EMAIL_1] at any time. '
const whole = `${first}${second}`.replace('[EMAIL_1]', 'ana.nowak@school.example').trim()

const rowOf = async (id: string) =>
  (await apiSystem.system.admin.query('select status, output, error from public.ai_generations where id = $1', [id]))
    .rows[0]

describe('the text of a use case', () => {
  test('is read by its person alone while the model writes it, and is the stored one in the end', async () => {
    const { id, reader, next } = await ask()
    const answer = await next()
    await answer.write(first)
    await reader.come('delta')
    expect(textOf(reader.events)).toBe(first.trim())
    expect((await ben?.call('GET', `${generationsPath}/${id}/events`))?.status).toBe(404)
    await answer.write(second)
    await reader.come('delta', 2)
    answer.end()
    await reader.over()
    expect(deltasOf(reader.events).join('')).toBe(whole)
    expect(reader.events.slice(-2)).toMatchObject([
      { event: 'delta', id: '1.1', data: { provisional: false, offset: 0, text: whole } },
      { event: 'done', data: { status: 'succeeded' } },
    ])
    expect(await rowOf(id)).toMatchObject({ output: { text: whole, template: 'summary@1' } })
  })

  test('begins anew when another request answers', async () => {
    const { reader, next } = await ask()
    const answer = await next()
    await answer.write(first)
    await reader.come('delta')
    answer.cut()
    const again = await next()
    await again.write(`Another text: ${first}`)
    await reader.come('delta', 2)
    again.end()
    await reader.over()
    expect(reader.events.filter(({ event }) => event === 'reset')).toHaveLength(1)
    expect(textOf(reader.events)).toBe(`Another text: ${first}`.trim())
  })

  test('shows nothing of a link that the input lacks, and is void when the gate drops it', async () => {
    const { id, reader, next } = await ask()
    const answer = await next()
    await answer.write(first)
    await reader.come('delta')
    await answer.write('More stands at https://evil.example/?q=harbour today, ')
    await answer.write(second)
    answer.end()
    await reader.over()
    expect(textOf(reader.events)).toBe(first.trim())
    expect(reader.events.filter(({ event, data }) => event === 'delta' && !data.provisional)).toEqual([])
    expect(reader.events.at(-1)).toMatchObject({ event: 'done', data: { status: 'failed' } })
    expect(await rowOf(id)).toMatchObject({
      output: null,
      error: { code: 'no_usable_text', dropped: { foreign_link: 1 } },
    })
  })

  test('is not kept when its person stops it', async () => {
    const { id, reader, next } = await ask()
    const answer = await next()
    await answer.write(first)
    await reader.come('delta')
    await ana?.call('POST', `${generationsPath}/${id}/cancel`)
    await answer.hungUp
    await reader.over()
    expect(reader.events.at(-1)).toMatchObject({ event: 'done', data: { status: 'cancelled' } })
    expect(reader.events.filter(({ event, data }) => event === 'delta' && !data.provisional)).toEqual([])
    expect(await rowOf(id)).toMatchObject({ status: 'cancelled', output: null })
  })
})
