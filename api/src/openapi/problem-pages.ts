import { AppError, problems } from '@recto/shared/errors'
import { Hono } from 'hono'
import { isCode } from '../http/problems.ts'

/** Serves the pages to which the `type` of a problem leads. */
export const createProblemPages = () =>
  new Hono().get('/:code', (c) => {
    const code = c.req.param('code')
    if (!isCode(code)) throw new AppError('not_found')
    return c.json({ code, ...problems[code] })
  })
