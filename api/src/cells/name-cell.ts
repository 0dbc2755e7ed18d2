import { createMiddleware } from 'hono/factory'
import type { ApiEnv } from '../env.ts'
import type { Told } from './told.ts'

/**
 * Names the cell to a person who was authenticated: a page that also reads the database of its person learns so which one that
 * is. Whoever sends a false token does not learn where the person of that name lives.
 */
export const nameCell = createMiddleware<ApiEnv & { Bindings: Told }>(async (c, next) => {
  await next()
  // Without a server there is no env.
  const cell = c.env?.cell
  if (cell !== undefined && c.get('caller')) c.res.headers.set('X-Recto-Cell', cell)
})
