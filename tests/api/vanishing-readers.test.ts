import { freePort } from '@recto/local/ports'
import { until } from '@recto/local/until'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { usedHeap } from '../support/heap.ts'
import { metric } from '../support/metrics.ts'
import { playWorker } from '../support/play-worker.ts'
import { createFarNetwork, hasNetworks } from '../support/vanishing-peers.ts'
import { type ApiSystem, generationsPath, idOf, startApiSystem } from './api-system.ts'

const readers = 500

let apiSystem: ApiSystem
let metrics: { url: string }
let inspector: number
beforeAll(async () => {
  const port = await freePort()
  metrics = { url: `http://127.0.0.1:${port}` }
  inspector = await freePort()
  const NODE_OPTIONS = `--inspect=127.0.0.1:${inspector}`
  apiSystem = await startApiSystem({ HOST: '0.0.0.0', METRICS_PORT: String(port), NODE_OPTIONS })
})
afterAll(() => apiSystem?.stop())

const percentile95 = (times: number[]) => times.toSorted((a, b) => a - b)[Math.floor(times.length * 0.95)] ?? 0

describe('readers of event streams who vanish', () => {
  // Only Linux drops packets so that neither side is told, and only for root.
  it.runIf(hasNetworks())(
    'are let go within 60 s with their memory, and delay nobody meanwhile',
    async () => {
      const network = createFarNetwork()
      try {
        const person = await apiSystem.person()
        const id = idOf(await person.submit())
        await playWorker(apiSystem.system.admin).start(id)
        const before = await usedHeap(inspector)
        const { port } = new URL(apiSystem.api.url)
        const url = `http://${network.nearAddress}:${port}${generationsPath}/${id}/events`
        const far = await network.read(url, readers, person.token)
        expect(await metric(metrics, 'recto_event_streams')).toBe(readers)
        const held = (await usedHeap(inspector)) - before
        network.cutOff()
        const cutAt = performance.now()
        const times: number[] = []
        const areGone = async () => {
          const begun = performance.now()
          await person.call('GET', `${generationsPath}/${id}`)
          times.push(performance.now() - begun)
          return (await metric(metrics, 'recto_event_streams')) === 0
        }
        await until(areGone, { what: 'the end of the streams', timeoutMs: 90_000, everyMs: 50 })
        const goneMs = performance.now() - cutAt
        expect(await metric(metrics, 'recto_event_streams_ended_total{reason="stalled"}')).toBe(readers)
        far.stop()
        // Compiled code and the like stay.
        expect((await usedHeap(inspector)) - before).toBeLessThan(held / 2)
        expect(goneMs).toBeLessThan(60_000)
        expect(percentile95(times)).toBeLessThan(250)
      } finally {
        network.remove()
      }
    },
    150_000,
  )
})
