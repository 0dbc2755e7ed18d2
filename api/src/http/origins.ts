import { z } from 'zod'

/**
 * Reads CORS_ORIGINS, for example `https://app.example,http://localhost:3000`: origins as browsers send them, without a
 * path.
 */
export const originList = z
  .string()
  .default('')
  .transform((list) => list.split(',').flatMap((origin) => origin.trim() || []))
  .pipe(
    z.array(z.string().refine((origin) => URL.canParse(origin) && new URL(origin).origin === origin, 'is no origin')),
  )
