import { AuthClient, type AuthError, type Session } from '@supabase/auth-js'
import type { Config } from '../config.ts'
import { clearTab } from '../tab-store.ts'

const throwIfFailed = ({ error }: { error: AuthError | null }): void => {
  if (error) throw error
}

/**
 * Signs the person in and out at Supabase Auth, keeps the session in this browser and renews it. A magic link brings a code
 * in the address (PKCE), so that no token is ever part of an address.
 */
export const createAuth = ({ supabase_url, publishable_key }: Config) => {
  const url = `${supabase_url}/auth/v1`
  const headers = { apikey: publishable_key }
  const auth = new AuthClient({ url, headers, storageKey: 'recto.session', flowType: 'pkce' })

  return {
    /** Why the link in the address does not sign anybody in; null when it does, or there is none. */
    linkError: async (): Promise<unknown> => {
      const { error } = await auth.initialize()
      if (error) history.replaceState(null, '', location.pathname)
      return error
    },

    /** Is called with the session that there is, and whenever there is another one. Returns a function that ends it. */
    subscribe: (changed: (session: Session | null) => void) => {
      const { data } = auth.onAuthStateChange((_event, session) => changed(session))
      return () => data.subscription.unsubscribe()
    },

    /**
     * For the clients of a person: the token, or a new one in place of `rejected`. Empty when the person is not signed in any
     * more: what they have asked for, and what is asked again meanwhile, must not be done as who has signed in since.
     * @throws AuthError from the function, when Supabase cannot be reached and the old token has expired
     */
    tokensOf:
      (personId: string) =>
      async (rejected?: string): Promise<string> => {
        const { data, error } = await (rejected === undefined ? auth.getSession() : auth.refreshSession())
        if (error && error.name !== 'AuthSessionMissingError') throw error
        const { session } = data
        return session?.user.id === personId ? session.access_token : ''
      },

    /** @throws AuthError */
    signIn: async (email: string, password: string): Promise<void> => {
      throwIfFailed(await auth.signInWithPassword({ email, password }))
    },

    /** Sends a mail with a link that signs the person in on this page. @throws AuthError */
    sendLink: async (email: string): Promise<void> => {
      throwIfFailed(await auth.signInWithOtp({ email, options: { emailRedirectTo: `${location.origin}/` } }))
    },

    /** Signs a made-up person of the local system in. @throws AuthError, TypeError */
    signInMadeUp: async (name: string): Promise<void> => {
      const response = await fetch(`${url}/made-up-person`, {
        method: 'POST',
        redirect: 'error',
        headers: { ...headers, 'content-type': 'application/json' },
        body: JSON.stringify({ name }),
      })
      if (!response.ok) throw new Error(`the local system answered with status ${response.status}`)
      throwIfFailed(await auth.setSession(await response.json()))
    },

    /** Forgets the session here, also when Supabase cannot be reached, and what the person was writing in this tab. */
    signOut: async (): Promise<void> => {
      clearTab()
      await auth.signOut({ scope: 'local' })
      // What was under way meanwhile may have kept something.
      clearTab()
    },
  }
}

export type Auth = ReturnType<typeof createAuth>
