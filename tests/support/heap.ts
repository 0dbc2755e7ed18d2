import { z } from 'zod'

const Reply = z.object({ id: z.int(), result: z.object({ usedSize: z.number().optional() }).optional() })
const Target = z.array(z.object({ webSocketDebuggerUrl: z.string() }))

/** V8 drops the code of a function that has not run for some collections, and what a finalizer frees only after it. */
const COLLECTIONS = 4

/**
 * The bytes on the heap of a process of Node that are in use after garbage collections. The process runs with
 * `--inspect=127.0.0.1:<port>`.
 */
export const usedHeap = async (port: number): Promise<number> => {
  const [target] = Target.parse(await (await fetch(`http://127.0.0.1:${port}/json/list`)).json())
  if (!target) throw new Error(`no process at the inspector's port ${port}`)
  const socket = new WebSocket(target.webSocketDebuggerUrl)
  await new Promise((resolve, reject) => {
    socket.addEventListener('open', resolve, { once: true })
    socket.addEventListener('error', () => reject(new Error('no connection to the inspector')), { once: true })
  })
  let lastId = 0
  const send = (method: string) => {
    lastId += 1
    const id = lastId
    return new Promise<z.infer<typeof Reply>>((resolve) => {
      const onMessage = ({ data }: MessageEvent) => {
        const reply = Reply.safeParse(JSON.parse(String(data))).data
        if (reply?.id !== id) return
        socket.removeEventListener('message', onMessage)
        resolve(reply)
      }
      socket.addEventListener('message', onMessage)
      socket.send(JSON.stringify({ id, method }))
    })
  }
  await send('HeapProfiler.enable')
  for (let n = 0; n < COLLECTIONS; n++) await send('HeapProfiler.collectGarbage')
  const { result } = await send('Runtime.getHeapUsage')
  socket.close()
  if (result?.usedSize === undefined) throw new Error('the inspector answered no heap usage')
  return result.usedSize
}
