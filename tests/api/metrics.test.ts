import { freePort } from '@recto/local/ports'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { lockRow } from '../support/lock-row.ts'
import { metric } from '../support/metrics.ts'
import { seedGeneration, seedReview } from '../support/seed.ts'
import { newText } from '../support/text.ts'
import { type ApiPerson, type ApiSystem, generationsPath, idOf, startApiSystem } from './api-system.ts'

let apiSystem: ApiSystem
let metrics: { url: string }
let ana: ApiPerson
beforeAll(async () => {
  const port = await freePort()
  metrics = { url: `http://127.0.0.1:${port}` }
  apiSystem = await startApiSystem({ METRICS_PORT: String(port) })
  ana = await apiSystem.person()
})
afterAll(() => apiSystem?.stop())

describe('the metrics of the API', () => {
  it('are not on the port that everybody may call', async () => {
    expect((await apiSystem.send('GET', '/metrics')).status).toBe(404)
  })

  it('count requests by route template, submissions by kind and refusals by limit, and name nobody', async () => {
    const id = idOf(await ana.submit({ source_text: newText() }))
    await ana.call('GET', `${generationsPath}/${id}`)
    await ana.call('GET', `${generationsPath}/secret-id`)
    await ana.call('GET', '/secret-path')
    await apiSystem.system.limit(1, 300)
    await ana.submit()
    const requests = (labels: string) => metric(metrics, `recto_http_request_duration_seconds_count{${labels}}`)
    expect(await requests('method="GET",route="/api/ai/generations/:id",status="200"')).toBe(1)
    expect(await requests('method="POST",route="/api/ai/generations",status="429"')).toBe(1)
    expect(await metric(metrics, 'recto_submissions_total{use_case="flashcards"}')).toBe(1)
    expect(await metric(metrics, 'recto_refusals_total{limit="generations"}')).toBe(1)
    const text = await (await fetch(`${metrics.url}/metrics`)).text()
    for (const secret of [id, ana.id, 'secret']) expect(text).not.toContain(secret)
  })

  it('count imports that others keep waiting apart from what is too much for the API', async () => {
    const cyd = await apiSystem.person()
    const file = { headers: { 'content-type': 'text/csv' }, body: 'front,back\na,b\n' }
    const upload = () => cyd.call('POST', '/api/cards/import?format=csv', file)
    const lock = await lockRow(apiSystem.system, 'select from auth.users where id = $1 for update', [cyd.id])
    const importing = upload()
    await lock.awaited('import_cards')
    await upload()
    await lock.release()
    await importing
    expect(await metric(metrics, 'recto_refusals_total{limit="imports"}')).toBe(1)
    expect(await metric(metrics, 'recto_refusals_total{limit="overload"}')).toBe(0)
  })

  it('count decisions by what they are about, each one of a review, and none that was refused', async () => {
    const ben = await apiSystem.person()
    const { suggestionIds } = await seedGeneration(apiSystem.system.admin, ben.id)
    const [first, second] = suggestionIds
    const review = (by: ApiPerson, ...decisions: object[]) =>
      by.call('POST', '/api/ai/suggestions/review', { body: { decisions } })
    const accept = { id: first, action: 'accept', back: 'Better' }
    await review(ben, accept, { id: second, action: 'reject', reason: 'unclear' })
    await review(ana, { ...accept, action: 'undo', back: undefined })
    await ben.call('PATCH', `/api/ai/suggestions/${first}`, { body: { action: 'undo' } })
    const { findingId } = await seedReview(apiSystem.system.admin, ben.id)
    await ben.call('PATCH', `/api/ai/findings/${findingId}`, { body: { action: 'accept' } })
    const undo = { decisions: [{ id: findingId, action: 'undo' }] }
    await ben.call('POST', '/api/ai/findings/review', { body: undo })
    const text = await (await fetch(`${metrics.url}/metrics`)).text()
    expect(text.match(/^recto_reviews_total\{.*/gm)).toEqual([
      'recto_reviews_total{about="suggestion",action="edit"} 1',
      'recto_reviews_total{about="suggestion",action="reject"} 1',
      'recto_reviews_total{about="suggestion",action="undo"} 1',
      'recto_reviews_total{about="finding",action="accept"} 1',
      'recto_reviews_total{about="finding",action="undo"} 1',
    ])
  })

  it('tell how many connections each pool has', async () => {
    for (const pool of ['recto_api', 'recto_api_read', 'recto_api_operator'])
      expect(await metric(metrics, `recto_db_pool_size{pool="${pool}"}`)).toBeGreaterThan(0)
    expect(await metric(metrics, 'recto_db_reachable{pool="recto_api"}')).toBe(1)
  })

  it('tell depth and age of the queue by band in the first scrape after the start, and in each as measured last', async () => {
    const { admin } = apiSystem.system
    const port = await freePort()
    await apiSystem.system.startApi({ METRICS_PORT: String(port) })
    const bandZero = async () => {
      const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text()
      const read = (name: string) => Number(new RegExp(`^${name}\\{band="0"\\} (\\d+)`, 'm').exec(text)?.[1])
      return { depth: read('recto_queue_depth'), age: read('recto_queue_age_seconds') }
    }
    await admin.query(
      `update recto.queue_health set depth = 7, waiting_since = now() - interval '1 minute' where band = 0`,
    )
    const first = await bandZero()
    expect(first.depth).toBe(7)
    expect(first.age).toBeGreaterThanOrEqual(60)
    await admin.query('update recto.queue_health set depth = 0, waiting_since = null where band = 0')
    expect(await bandZero()).toEqual({ depth: 0, age: 0 })
  })
})
