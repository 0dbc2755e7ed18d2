import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import request from 'supertest'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createApp } from '../app.ts'
import { createHttpServer } from '../http/server.ts'
import { exampleAppDeps } from '../testing/example-app.ts'
import { readConsoleFiles } from './files.ts'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'recto-console-'))
  mkdirSync(join(folder, 'assets'))
  const files = { 'index.html': '<!doctype html><p>page', 'assets/app-1a2b.js': 'start()', 'icon.svg': '<svg/>' }
  for (const [name, content] of Object.entries(files)) {
    writeFileSync(join(folder, name), content)
    if (name !== 'icon.svg') writeFileSync(join(folder, `${name}.gz`), gzipSync(content))
  }
  writeFileSync(join(folder, '.stamp'), 'secret?')
})
afterAll(() => rmSync(folder, { recursive: true }))

const start = (from = folder, supabaseUrl = 'https://project.supabase.co') => {
  const deps = exampleAppDeps()
  const console = { ...deps.console, files: readConsoleFiles(from), supabaseUrl }
  return request(createHttpServer(createApp({ ...deps, console }).fetch))
}

describe('the console', () => {
  test('is served at / with a policy that allows no script but its own, and no other host but Supabase', async () => {
    const { status, text, headers } = await start().get('/')
    expect([status, text, headers['content-type']]).toEqual([200, '<!doctype html><p>page', 'text/html; charset=utf-8'])
    expect(headers['cache-control']).toBe('no-cache')
    expect(headers['content-security-policy']?.split('; ')).toEqual([
      "default-src 'none'",
      "script-src 'self'",
      "style-src 'self'",
      "img-src 'self'",
      "connect-src 'self' https://project.supabase.co",
      "form-action 'none'",
      "frame-ancestors 'none'",
      "base-uri 'none'",
      "require-trusted-types-for 'script'",
      "trusted-types 'none'",
    ])
    expect(headers['x-frame-options']).toBe('DENY')
  })

  test('lets its page talk to Supabase under a path and a port', async () => {
    const { headers } = await start(folder, 'http://127.0.0.1:54321/project').get('/')
    expect(headers['content-security-policy']).toContain("connect-src 'self' http://127.0.0.1:54321; ")
  })

  test('has files that never change under their name, compressed for who accepts that', async () => {
    const compressed = await start().get('/assets/app-1a2b.js').set('Accept-Encoding', 'gzip, br')
    const plain = await start().get('/assets/app-1a2b.js').set('Accept-Encoding', 'identity')
    expect([compressed.headers['content-encoding'], plain.headers['content-encoding']]).toEqual(['gzip', undefined])
    expect(compressed.text).toBe(plain.text)
    expect(plain.headers).toMatchObject({
      'cache-control': 'public, max-age=31536000, immutable',
      'content-type': 'text/javascript; charset=utf-8',
      vary: expect.stringContaining('Accept-Encoding'),
    })
    const icon = await start().get('/icon.svg').set('Accept-Encoding', 'gzip')
    expect([icon.status, icon.headers['content-encoding']]).toEqual([200, undefined])
  })

  test('answers 304 while a file is the same, whatever its encoding', async () => {
    const { headers } = await start().get('/').set('Accept-Encoding', 'identity')
    const again = await start()
      .get('/')
      .set({ 'If-None-Match': headers.etag ?? '', 'Accept-Encoding': 'gzip' })
    expect([again.status, again.headers.etag]).toEqual([304, headers.etag])
  })

  test.each([
    '/index.html',
    '/.stamp',
    '/assets/',
    '/assets/app-9z.js',
    '/assets/app-1a2b.js.gz',
    '/assets/..%2f.stamp',
    '/create',
    '/api/create',
  ])('does not have %s', async (path) => {
    const { status, body } = await start().get(path)
    expect([status, body.code]).toEqual([404, 'not_found'])
  })

  test('leaves what the API answers as it is', async () => {
    const { headers } = await start().get('/openapi.json')
    expect(headers['content-security-policy']).toContain("default-src 'none'; frame-ancestors 'none'")
    expect((await start().post('/')).status).toBe(405)
    expect((await start().get('/docs')).text).toContain('swagger')
  })

  test('tells its page where Supabase is, and no secret', async () => {
    const { body, headers } = await start().get('/console.json')
    expect(body).toEqual({
      supabase_url: 'https://project.supabase.co',
      publishable_key: 'sb_publishable_example',
      local_sign_in: false,
    })
    expect(headers['cache-control']).toBe('no-cache')
  })

  test('is missing where it was not built, and the API works without it', async () => {
    const agent = start(join(folder, 'nothing'))
    expect((await agent.get('/')).status).toBe(404)
    expect((await agent.get('/livez')).status).toBe(200)
  })
})
