import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { expect, test } from 'vitest'
import { z } from 'zod'

test('the model server process prints its URL as JSON, and exits on SIGTERM while a client hangs', async () => {
  const child = spawn(process.execPath, [new URL('main.ts', import.meta.url).pathname, '--port', '0'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  try {
    const [line] = await once(createInterface(child.stdout), 'line')
    const { url, pid } = z.object({ url: z.url(), pid: z.int() }).parse(JSON.parse(String(line)))
    expect(pid).toBe(child.pid)

    const root = url.replace(/\/v1$/u, '')
    await fetch(`${root}/__script`, { method: 'PUT', body: JSON.stringify([{ hang: 'stream' }]) })
    const body = JSON.stringify({ model: 'm', stream: true, messages: [{ role: 'user', content: 'x' }] })
    expect((await fetch(`${url}/chat/completions`, { method: 'POST', body })).status).toBe(200)

    const exit = once(child, 'exit')
    child.kill('SIGTERM')
    expect(await exit).toEqual([0, null])
  } finally {
    child.kill('SIGKILL')
  }
})
