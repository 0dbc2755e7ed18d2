import { OpenAPIHono } from '@hono/zod-openapi'
import type { Logger } from '@recto/shared/log'
import { methodNotAllowed } from 'hono/method-not-allowed'
import { type RateLimitDeps, setRateLimitHeaders } from './admission/set-rate-limit-headers.ts'
import { type LimitRefusedDeps, limitRefused } from './auth/limit-refused.ts'
import { importBytes } from './cards/file-contract.ts'
import { type CardFileDeps, cardFileRoutes } from './cards/file-routes.ts'
import { type CardDeps, cardRoutes } from './cards/routes.ts'
import { throwForwardRefusal } from './cells/forward-refusal.ts'
import { nameCell } from './cells/name-cell.ts'
import { type ChatDeps, chatRoutes } from './chat/routes.ts'
import { type ConnectionCheckDeps, connectionCheckRoutes } from './connection-check/routes.ts'
import { type ConsoleDeps, createConsole } from './console/routes.ts'
import type { ApiEnv } from './env.ts'
import { type EventDeps, eventRoutes } from './events/routes.ts'
import { findingReviewRoutes } from './findings/review-routes.ts'
import { findingRoutes } from './findings/routes.ts'
import { type GenerationDeps, generationRoutes } from './generations/routes.ts'
import { createServiceChecks, type ServiceDeps } from './health/check-services.ts'
import { createHealth, type HealthDeps } from './health/routes.ts'
import { limitBodies } from './http/body-limit.ts'
import { closeWhenStopping, cors, secureHeaders } from './http/guards.ts'
import { onError, onMethodNotAllowed, onNotFound } from './http/problems.ts'
import { requestId } from './http/request-id.ts'
import { requestLog } from './http/request-log.ts'
import { traceRequest } from './http/trace-request.ts'
import { type LearningDeps, learningRoutes } from './learning/routes.ts'
import { limitRoutes } from './limits/routes.ts'
import { measureRequests, type RequestMetrics } from './measure-requests.ts'
import { type ModelDeps, modelRoutes } from './models/routes.ts'
import { addDocument } from './openapi/document.ts'
import { createDocsPage } from './openapi/page.ts'
import { createProblemPages } from './openapi/problem-pages.ts'
import { type OperatorDeps, operatorRoutes } from './operator/routes.ts'
import { type PersonalDataDeps, personalDataRoutes } from './personal-data/routes.ts'
import { type ResultDeps, resultRoutes } from './results/routes.ts'
import { type ReviewDeps, reviewRoutes } from './suggestions/review-routes.ts'
import { suggestionRoutes } from './suggestions/routes.ts'
import { type UsageDeps, usageRoutes } from './usage/routes.ts'
import { deliveryRoutes } from './webhooks/delivery-routes.ts'
import { type WebhookDeps, webhookRoutes } from './webhooks/routes.ts'

export type AppDeps = GenerationDeps &
  EventDeps &
  ChatDeps &
  ResultDeps &
  ModelDeps &
  ConnectionCheckDeps &
  PersonalDataDeps &
  ReviewDeps &
  CardDeps &
  CardFileDeps &
  LearningDeps &
  WebhookDeps &
  RateLimitDeps &
  UsageDeps &
  Omit<OperatorDeps, 'services'> &
  LimitRefusedDeps &
  ConsoleDeps &
  ServiceDeps &
  Omit<HealthDeps, 'services'> & {
    origins: string[]
    metrics: RequestMetrics
    log: Logger
    /** The fraction of successful reads that is logged, from 0 to 1. */
    logReads: number
  }

/** Fits 10,000 code points outside the BMP, each written as two \uXXXX escapes, and the other fields. */
const usualBodyBytes = 256 * 1024
/** Fits the largest input of a kind, 380,000 bytes of JSON, also with escapes that JSON does not need. */
const submissionBytes = 1024 * 1024

/** The HTTP side of the API as a function of its dependencies. It opens no connection and listens to nothing. */
export const createApp = (deps: AppDeps) => {
  const app = new OpenAPIHono<ApiEnv>()
  const services = createServiceChecks(deps)
  app.onError(onError)
  app.notFound(onNotFound)
  app.use(
    requestId,
    traceRequest,
    requestLog(deps.log, deps.logReads),
    measureRequests(deps.metrics),
    closeWhenStopping(deps.stopping),
    secureHeaders,
    cors(deps.origins),
    nameCell,
    throwForwardRefusal,
  )
  const [rateLimitHeaders, refusals] = [setRateLimitHeaders(deps), limitRefused(deps)]
  for (const path of ['/api/ai/*', '/api/cards/*', '/api/operator/*']) app.use(path, rateLimitHeaders, refusals)
  app.use(methodNotAllowed({ app, onMethodNotAllowed }))
  app.use(
    limitBodies(usualBodyBytes, {
      held: { '/api/ai/generations': submissionBytes, '/api/ai/chat': submissionBytes },
      streamed: { '/api/cards/import': importBytes },
    }),
  )

  app.route('/api/ai/generations', generationRoutes(deps))
  app.route('/api/ai/generations', suggestionRoutes(deps))
  app.route('/api/ai/generations', eventRoutes(deps))
  app.route('/api/ai/chat', chatRoutes(deps))
  app.route('/api/ai/generations', resultRoutes(deps))
  app.route('/api/ai/suggestions', reviewRoutes(deps))
  app.route('/api/ai/generations', findingRoutes(deps))
  app.route('/api/ai/findings', findingReviewRoutes(deps))
  app.route('/api/cards', cardFileRoutes(deps))
  app.route('/api/cards', learningRoutes(deps))
  app.route('/api/cards', cardRoutes(deps))
  app.route('/api/ai/limits', limitRoutes(deps))
  app.route('/api/ai/models', modelRoutes(deps))
  app.route('/api/ai/test', connectionCheckRoutes(deps))
  app.route('/api/ai/usage', usageRoutes(deps))
  app.route('/api/ai/webhooks', webhookRoutes(deps))
  app.route('/api/ai/webhooks', deliveryRoutes(deps))
  app.route('/api/ai/data', personalDataRoutes(deps))
  app.route('/api/operator', operatorRoutes({ ...deps, services }))
  app.route('/', createHealth({ ...deps, services }))
  app.route('/problems', createProblemPages())
  app.route('/docs', createDocsPage())
  app.route('/', createConsole(deps))
  addDocument(app)
  return app
}
