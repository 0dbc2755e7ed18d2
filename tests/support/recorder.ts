import { serve } from '@hono/node-server'
import { Hono } from 'hono'

export type Recorder = {
  /** Where to send what is meant for the target. */
  url: string
  /** The bodies that came, oldest first. */
  bodies: string[]
  stop(): Promise<void>
}

/** Stands before a model server and keeps what it is sent. `target` is its base URL. */
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
