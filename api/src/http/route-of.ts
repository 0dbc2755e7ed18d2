import type { Context } from 'hono'
import { matchedRoutes, routePath } from 'hono/route'

/**
 * The template of the path of a request, such as `/api/cards/:id`. Of several that match it is the first, whose handler
 * answers: `/api/cards/due` is matched by that as well. Without one it is the path of the last middleware.
 */
export const routeOf = (c: Context): string =>
  matchedRoutes(c).find(({ path }) => !path.endsWith('*'))?.path ?? routePath(c, -1)
