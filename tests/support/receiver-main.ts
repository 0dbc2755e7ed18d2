// A receiver of webhooks that tests kill: `node receiver-main.ts <port> <file>`. It appends the webhook-id of each request
// to the file before it answers, so that what it answered is there whenever it dies.
import { appendFileSync } from 'node:fs'
import { createServer } from 'node:http'

const [port = '', file = ''] = process.argv.slice(2)

createServer((request, response) => {
  request.resume().once('end', () => {
    appendFileSync(file, `${request.headers['webhook-id']}\n`)
    response.writeHead(204).end()
  })
}).listen(Number(port), '127.0.0.1')
