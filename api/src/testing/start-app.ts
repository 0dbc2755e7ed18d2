import { createLog } from '@recto/shared/log'
import request from 'supertest'
import { type AppDeps, createApp } from '../app.ts'
import { createHttpServer } from '../http/server.ts'
import { exampleAppDeps } from './example-app.ts'

/** The app without a database, and the lines of its log. */
export const startApp = (more: Partial<AppDeps> = {}) => {
  const lines: string[] = []
  const log = createLog('api', 'info', { write: (line) => lines.push(line) })
  const app = createApp({ ...exampleAppDeps(), log, ...more })
  return { agent: request(createHttpServer(app.fetch)), lines }
}
