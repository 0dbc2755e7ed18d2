import { Agent, request } from 'node:http'
import { settings } from './settings.ts'

const agent = new Agent({ keepAlive: true })
const body = JSON.stringify({ model: 'bench', messages: [{ role: 'user', content: 'bench' }] })

/** The request that a worker would send to a provider, as short and as direct as it can be. */
const report = (url: string): Promise<void> =>
  new Promise((resolve, reject) => {
    const outgoing = request(`${url}/chat/completions`, { agent, method: 'POST' }, (response) => {
      response.resume().on('end', resolve)
    })
    outgoing.on('error', reject).end(body)
  })

let ran = 0
let wanted = Infinity
const tell = () => {
  if (ran >= wanted) process.send?.('ran')
}
process.on('message', (count) => {
  wanted = Number(count)
  tell()
})

/** What every rival does with a job. */
export const deliver = async (): Promise<void> => {
  if (settings.reportTo !== undefined) await report(settings.reportTo)
  ran++
  if (ran === wanted) tell()
}
