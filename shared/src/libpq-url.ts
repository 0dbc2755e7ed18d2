const sslModes = ['disable', 'prefer', 'require', 'verify-ca', 'verify-full']

const parametersOf = (url: string) => new URLSearchParams(url.split('?').slice(1).join('?'))

/** What is wrong with the TLS parameters of a database URL, by libpq's rules; undefined when nothing is. */
export const tlsProblemOf = (url: string): string | undefined => {
  const [mode, root] = ['sslmode', 'sslrootcert'].map((name) => parametersOf(url).get(name))
  if (mode && !sslModes.includes(mode)) return `sslmode must be one of ${sslModes.join(', ')}`
  if (mode === 'verify-ca' && (!root || root === 'system'))
    return 'sslmode=verify-ca needs sslrootcert, the file of a CA'
  if (root && !mode) return 'sslrootcert needs sslmode=verify-ca or sslmode=verify-full'
  return undefined
}

/**
 * A database URL for pg, which gives `sslmode` the meaning that it has for libpq, psql and the Supabase CLI: `require`
 * encrypts, `verify-ca` also checks the certificate against the CA in the file `sslrootcert`, and `verify-full` its host
 * name too, against the CAs of Node without `sslrootcert` or with `system`.
 * https://www.postgresql.org/docs/current/libpq-ssl.html
 */
export const libpqUrl = (url: string): string =>
  /[?&]sslmode=/.test(url) ? `${url.replace(/([?&])sslrootcert=system(?=&|$)/, '$1')}&uselibpqcompat=true` : url
