import { expect, test } from 'vitest'
import { CHECK_WAIT_MS, CONNECT_MS, LAMBDA_WAIT_MS } from '../../api/src/deadlines.ts'
import { CONNECTION_CHECK_MS } from '../../worker/src/deadlines.ts'

/** After this time API Gateway answers a request itself. */
const apiGatewayMs = 29_000

test('the longest waits of a function end before API Gateway ends the request', () => {
  expect(Math.max(LAMBDA_WAIT_MS, CHECK_WAIT_MS) + CONNECT_MS).toBeLessThan(apiGatewayMs)
})

test('a worker ends a connection check while the API waits for it', () => {
  expect(CONNECTION_CHECK_MS).toBeLessThan(CHECK_WAIT_MS)
})
