// A server with the API's server adapter that only sends one prepared object.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { getRequestListener } from '@hono/node-server'
import { Hono } from 'hono'
import { settings } from './settings.ts'

const answer: unknown = JSON.parse(String(settings.more.answer))
const app = new Hono().get('/api/ai/generations/:id', (context) => context.json(answer))
const server = createServer(getRequestListener(app.fetch))
server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port))
