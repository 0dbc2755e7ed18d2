import { z } from 'zod'

/** An address as Supabase Auth stores it. */
export const email = z.email().max(255).toLowerCase()
