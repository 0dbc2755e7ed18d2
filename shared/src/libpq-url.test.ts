import pg from 'pg'
import { describe, expect, test } from 'vitest'
import { libpqUrl, tlsProblemOf } from './libpq-url.ts'

const url = (query: string) => `postgres://recto_api:p%40ss@db.example:5432/postgres${query}`

describe('libpqUrl', () => {
  test.for([
    ['', false],
    ['?sslmode=disable', false],
    ['?sslmode=require', { rejectUnauthorized: false }],
    ['?application_name=x&sslmode=prefer', { rejectUnauthorized: false }],
    ['?sslmode=verify-full', {}],
    ['?sslmode=verify-full&sslrootcert=system', {}],
    ['?sslrootcert=system&sslmode=verify-full', {}],
  ] as const)('gives pg for %o the TLS options of libpq', ([query, ssl]) => {
    expect(new pg.Client({ connectionString: libpqUrl(url(query)) }).connection).toMatchObject({ ssl })
  })
})

describe('tlsProblemOf', () => {
  test.for([
    ['', undefined],
    ['?sslmode=require', undefined],
    ['?sslmode=verify-ca&sslrootcert=/etc/ca.crt', undefined],
    ['?sslmode=verify-full', undefined],
    ['?sslmode=no-verify', 'sslmode must be one of disable, prefer, require, verify-ca, verify-full'],
    ['?sslmode=REQUIRE', 'sslmode must be one of disable, prefer, require, verify-ca, verify-full'],
    ['?sslmode=verify-ca', 'sslmode=verify-ca needs sslrootcert, the file of a CA'],
    ['?sslmode=verify-ca&sslrootcert=system', 'sslmode=verify-ca needs sslrootcert, the file of a CA'],
    ['?sslrootcert=/etc/ca.crt', 'sslrootcert needs sslmode=verify-ca or sslmode=verify-full'],
  ] as const)('of %o is %o', ([query, problem]) => expect(tlsProblemOf(url(query))).toBe(problem))
})
