import { Hono } from 'hono'
import { expect, test } from 'vitest'
import { routeOf } from './route-of.ts'

test.each([
  ['/cards/due', '/cards/due'],
  ['/cards/7', '/cards/:id'],
  ['/refused', '/refused'],
  ['/nowhere', '/*'],
])('the route of %s is %s', async (path, expected) => {
  let route = ''
  const app = new Hono()
    .use(async (c, next) => {
      await next()
      route = routeOf(c)
    })
    // Answers before the handler.
    .use('/refused/*', async (c) => c.text('no', 401))
    .get('/refused', (c) => c.text(''))
    .get('/cards/due', (c) => c.text(''))
    .get('/cards/:id', (c) => c.text(''))
  await app.request(path)
  expect(route).toBe(expected)
})
