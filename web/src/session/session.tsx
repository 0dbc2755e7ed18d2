import type { Session } from '@supabase/auth-js'
import { createContext, type ReactNode, useContext, useEffect, useState } from 'react'
import type { Config } from '../config.ts'
import type { Auth } from './auth.ts'

type Access = {
  config: Config
  auth: Auth
  /** Undefined while it is not known yet whether somebody is signed in. */
  session: Session | null | undefined
}

const Context = createContext<Access | null>(null)

export const SessionProvider = ({ config, auth, children }: Omit<Access, 'session'> & { children: ReactNode }) => {
  const [session, setSession] = useState<Session | null>()
  useEffect(() => auth.subscribe(setSession), [auth])
  return <Context value={{ config, auth, session }}>{children}</Context>
}

export const useAccess = (): Access => {
  const access = useContext(Context)
  if (access === null) throw new Error('there is no SessionProvider above')
  return access
}
