/** What the page has to know of this installation. */
export type Config = { supabase_url: string; publishable_key: string; local_sign_in: boolean }

/** @throws TypeError when the API cannot be reached, SyntaxError when something else answers */
export const loadConfig = async (): Promise<Config> => {
  const response = await fetch('/console.json', { redirect: 'error' })
  return response.json()
}
