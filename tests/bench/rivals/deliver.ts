import { Agent, request } from 'node:http'
import { settings } from './settings.ts'

const agent = new Agent({ keepAlive: true })
const body = JSON.stringify({ model: 'bench', messages: [{ role: 'user', content: 'bench' }] })

/** Sends the shortest request that a worker could send to a provider. */
const report = (url: string): Promise<void> =>
  new Promise((resolve, reject) => {
    const outgoing = request(`${url}/chat/completions`, { agent, method: 'POST' }, (response) => {
      response.resume().on('end', resolve)
    })
    outgoing.on('error', reject).end(body)
  })

let ran = 0
let wanted = Infinity
const sendRan = () => {
  if (ran >= wanted) process.send?.('ran')
}
process.on('message', (count) => {
  wanted = Number(count)
  sendRan()
})

/** The handler of jobs of every rival. */
export const deliver = async (): Promise<void> => {
  if (settings.reportTo !== undefined) await report(settings.reportTo)
  ran++
  if (ran === wanted) sendRan()
}
