import { describe, expect, test } from 'vitest'
import { exampleRoute } from '../testing/example-route.ts'
import { timesOf } from './request-times.ts'

const [near, far] = [exampleRoute({ provider: 'near' }), exampleRoute({ provider: 'far' })]
const request = (route: typeof near, startedAt: number, latencyMs: number) => ({ route, startedAt, latencyMs })

describe('the times of the requests of a run', () => {
  test.each([
    ['nothing, of no request', [], 0, []],
    ['that of one request', [request(near, 1_000, 300)], 300, []],
    ['without the pause before another route', [request(near, 0, 100), request(far, 140, 200)], 300, [40]],
    ['no failover, of a second request to the same route', [request(near, 0, 100), request(near, 600, 50)], 150, []],
    ['once, of requests side by side', [request(near, 0, 500), request(far, 200, 100)], 500, []],
    ['in any order', [request(far, 150, 100), request(near, 0, 100)], 200, [50]],
    [
      'from the end of the request that ended last',
      [request(near, 0, 500), request(far, 100, 100), request(far, 530, 10)],
      510,
      [30],
    ],
  ])('are %s', (_, requests, modelMs, failoversMs) => {
    expect(timesOf(requests)).toEqual({ modelMs, failoversMs })
  })
})
