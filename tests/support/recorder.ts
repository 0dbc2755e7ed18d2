import { serve } from '@hono/node-server'
import { Hono } from 'hono'

export type Recorder = {
  /** The base URL to use in place of the target. */
  url: string
  /** The bodies of the requests, oldest first. */
  bodies: string[]
  stop(): Promise<void>
}

/** Starts a proxy that records requests to a model server. `target` is the base URL of the model server. */
export const startRecorder = async (target: string): Promise<Recorder> => {
  const bodies: string[] = []
  const app = new Hono().post('/v1/*', async (c) => {
    const body = await c.req.text()
    bodies.push(body)
    const url = target + c.req.path.slice('/v1'.length)
    const answer = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body })
    const type = answer.headers.get('content-type') ?? 'application/json'
    return new Response(answer.body, { status: answer.status, headers: { 'content-type': type } })
  })
  const { promise: listening, resolve } = Promise.withResolvers<number>()
  const server = serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }, ({ port }) => resolve(port))
  return {
    url: `http://127.0.0.1:${await listening}/v1`,
    bodies,
    stop: () => new Promise((stopped) => server.close(() => stopped())),
  }
}
