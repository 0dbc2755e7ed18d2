import { createServer, type Server } from 'node:http'
import { getRequestListener } from '@hono/node-server'
import { answerMetrics } from '@recto/shared/metrics'
import { Hono } from 'hono'
import type { Registry } from 'prom-client'

/** The HTTP server for Prometheus. It has a port of its own, because everybody may call the API's. */
export const createMetricsServer = (registry: Registry): Server =>
  createServer(getRequestListener(new Hono().get('/metrics', () => answerMetrics(registry)).fetch))
