import { until } from '@recto/local/until'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { openEvents, shortly } from '../support/event-reader.ts'
import { liveItem, playWorker } from '../support/play-worker.ts'
import { type ApiPerson, type ApiSystem, generationsPath, idOf, startApiSystem } from './api-system.ts'

let apiSystem: ApiSystem
let worker: ReturnType<typeof playWorker>
let ana: ApiPerson
beforeAll(async () => {
  apiSystem = await startApiSystem()
  worker = playWorker(apiSystem.system.admin)
  ana = await apiSystem.person()
})
afterAll(() => apiSystem?.stop())

const submitted = async () => idOf(await ana.submit())
const open = (id: string, options: Parameters<typeof openEvents>[3] = {}) => openEvents(apiSystem.api, ana, id, options)
const progress = { type: 'progress', items: 2, characters: 120 } as const

/** A generation that has succeeded with three suggestions in its second attempt. */
const succeeded = async () => {
  const id = await submitted()
  await worker.start(id)
  await worker.retry(id)
  await worker.start(id)
  await worker.succeed(id, ['a', 'b', 'c'])
  return id
}
const whole = ['status 2.0', 'suggestion 2.1', 'suggestion 2.2', 'suggestion 2.3', 'done 2.4']
const Listed = z.object({ data: z.array(z.record(z.string(), z.unknown())) })

describe('the events of a generation', () => {
  it('tell its life: each status, what passes while the model writes, the rows, and the end', async () => {
    const id = await submitted()
    const reader = await open(id)
    await reader.come('status')
    await worker.start(id)
    await reader.come('status', 2)
    await worker.live(id, 1, liveItem('a'), liveItem('gone'), progress)
    await worker.live(id, 1, liveItem('a'), liveItem('lost'), { type: 'withdrawn', key: 'gone', reason: 'duplicate' })
    await reader.come('suggestion', 3)
    await worker.succeed(id, ['a', 'b'])
    await reader.over()
    expect(shortly(reader.events)).toEqual([
      ...['status 0.0', 'status 1.0', 'suggestion a', 'suggestion gone', 'progress 1', 'suggestion lost', 'status 1.0'],
      ...['suggestion 1.1', 'suggestion 1.2', 'withdrawn gone duplicate', 'withdrawn lost not_kept', 'done 1.3'],
    ])
    const { json } = await ana.call('GET', `${generationsPath}/${id}`)
    expect(reader.events.at(-1)?.data).toEqual(json)
    const [row] = Listed.parse((await ana.call('GET', `${generationsPath}/${id}/suggestions`)).json).data
    expect(reader.events.find((one) => one.id === '1.1')?.data).toEqual({ provisional: false, key: 'a', ...row })
    expect(reader.events[2]?.data).toEqual({ provisional: true, attempt: 1, key: 'a', ...liveItem('a').value })
    expect(reader.text()).toMatch(/^retry: \d+\n\n/)
  })

  it('reach every reader, and each process, and come again as they were', async () => {
    const id = await submitted()
    const other = await apiSystem.system.startApi()
    const readers = [await open(id), await open(id), await openEvents(other, ana, id)]
    await worker.start(id)
    for (const reader of readers) await reader.come('status', 2)
    await worker.live(id, 1, liveItem('a'))
    for (const reader of readers) await reader.come('suggestion')
    await worker.succeed(id, ['a'])
    for (const reader of readers) {
      await reader.over()
      expect(shortly(reader.events).slice(-5)).toEqual([
        ...['status 1.0', 'suggestion a', 'status 1.0', 'suggestion 1.1', 'done 1.2'],
      ])
    }
    const again = await open(id)
    await again.over()
    expect(shortly(again.events)).toEqual(['status 1.0', 'suggestion 1.1', 'done 1.2'])
  })

  it('void what was provisional when another attempt begins', async () => {
    const id = await submitted()
    const reader = await open(id)
    await worker.start(id)
    await reader.come('status', 2)
    await worker.live(id, 1, liveItem('a'))
    await reader.come('suggestion')
    await worker.retry(id)
    await reader.come('status', 3)
    await worker.start(id)
    await reader.come('status', 4)
    await worker.live(id, 1, liveItem('late'))
    await worker.live(id, 2, liveItem('b'), { type: 'reset' }, liveItem('c'))
    await reader.come('suggestion', 3)
    await worker.succeed(id, ['c'])
    await reader.over()
    expect(shortly(reader.events).slice(3)).toEqual([
      ...['status 1.0', 'status 2.0', 'reset 2', 'suggestion b', 'reset 2', 'suggestion c'],
      ...['status 2.0', 'suggestion 2.1', 'done 2.2'],
    ])
  })

  it('end with done when it fails, and when it is cancelled while a model writes', async () => {
    const failing = await submitted()
    const first = await open(failing)
    await worker.start(failing)
    await first.come('status', 2)
    await worker.fail(failing)
    await first.over()
    expect(first.events.at(-1)).toMatchObject({
      event: 'done',
      id: '1.1',
      data: { status: 'failed', error: { code: 'refused' } },
    })
    const cancelled = await submitted()
    const second = await open(cancelled)
    await worker.start(cancelled)
    await worker.live(cancelled, 1, liveItem('a'))
    await second.come('suggestion')
    await ana.call('POST', `${generationsPath}/${cancelled}/cancel`)
    await second.over()
    expect(shortly(second.events).slice(-3)).toEqual(['status 1.0', 'withdrawn a not_kept', 'done 1.1'])
    expect(second.events.at(-1)?.data.status).toBe('cancelled')
  })

  it('ask the workers when a stream is opened, and when an attempt begins', async () => {
    const [waiting, running] = [await submitted(), await submitted()]
    await worker.start(running)
    const heard: string[] = []
    const client = await apiSystem.system.admin.connect()
    client.on('notification', ({ payload = '' }) => heard.push(...payload.split(',')))
    await client.query('listen recto_watch')
    const readers = [await open(running), await open(waiting)]
    await until(() => heard.length > 1, { what: 'two notifications', timeoutMs: 10_000 })
    expect(heard.toSorted()).toEqual([running, waiting].toSorted())
    await worker.start(waiting)
    await until(() => heard.length > 2, { what: 'another notification', timeoutMs: 10_000 })
    expect(heard.slice(2)).toEqual([waiting])
    for (const reader of readers) await reader.leave()
    client.release(true)
  })
})

describe('Last-Event-ID', () => {
  it('resumes behind each event', async () => {
    const id = await succeeded()
    for (const [n, last] of ['2.0', '2.1', '2.2', '2.3'].entries()) {
      const reader = await open(id, { lastEventId: last })
      await reader.over()
      expect(shortly(reader.events.filter((one) => one.id !== undefined && one.event !== 'status'))).toEqual(
        whole.slice(n + 1),
      )
    }
  })

  it.each(['1.0', '1.2', '7.1', '2.9', 'nonsense', '', "1' or true", '-1.-1', '9'.repeat(99)])(
    'of another attempt, or that is no id of an event, begins anew: %s',
    async (lastEventId) => {
      const reader = await open(await succeeded(), { lastEventId })
      await reader.over()
      expect(shortly(reader.events.filter((one) => one.event !== 'reset'))).toEqual(whole)
    },
  )

  it('resumes at another process when the first is killed midway', async () => {
    const doomed = await apiSystem.system.startApi()
    const id = await submitted()
    const first = await openEvents(doomed, ana, id)
    await worker.start(id)
    await first.come('status', 2)
    await worker.live(id, 1, liveItem('a'))
    await first.come('suggestion')
    doomed.kill('SIGKILL')
    await first.over()
    const second = await open(id, { lastEventId: first.events.findLast((one) => one.id)?.id ?? '' })
    await worker.live(id, 1, liveItem('a'))
    await second.come('suggestion')
    await worker.succeed(id, ['a', 'b'])
    await second.over()
    expect(shortly(second.events)).toEqual([
      ...['status 1.0', 'suggestion a', 'status 1.0', 'suggestion 1.1', 'suggestion 1.2', 'done 1.3'],
    ])
  })
})
