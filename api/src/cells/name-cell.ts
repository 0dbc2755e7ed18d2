import { createMiddleware } from 'hono/factory'
import type { ApiEnv } from '../env.ts'
import type { ForwardBindings } from './forward-bindings.ts'

/**
 * Names the cell to a person who was authenticated, because a page that also reads the database of its person needs to
 * know which one that is. Who sends a false token does not learn where the person of that name lives.
 */
export const nameCell = createMiddleware<ApiEnv & { Bindings: ForwardBindings }>(async (c, next) => {
  await next()
  // Without a server there is no env.
  const cell = c.env?.cell
  if (cell !== undefined && c.get('caller')) c.res.headers.set('X-Recto-Cell', cell)
})
