import { z } from 'zod'

const anyPort = ':*'

const isOrigin = (text: string) => URL.canParse(text) && new URL(text).origin === text && !text.includes('*')

/**
 * Reads CORS_ORIGINS, for example `https://app.example,http://localhost:*`: origins as browsers send them, without a
 * path. `:*` stands for every port.
 */
export const originList = z
  .string()
  .default('')
  .transform((list) => list.split(',').flatMap((origin) => origin.trim() || []))
  .pipe(
    z.array(
      z
        .string()
        .refine(
          (origin) => isOrigin(origin.endsWith(anyPort) ? origin.slice(0, -anyPort.length) : origin),
          'is no origin',
        ),
    ),
  )

/** Whether an `Origin` that a browser sent is one of `CORS_ORIGINS`. */
export const allowsOrigin = (origins: readonly string[], origin: string): boolean =>
  origins.includes(origin) || origins.includes(`${origin.replace(/:\d{1,5}$/, '')}${anyPort}`)
