import { relative } from 'node:path'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** Seconds that the longest files take on two cores. */
export const longest: Record<string, number> = {
  'tests/worker/outage.test.ts': 119,
  'tests/api/overload.test.ts': 85,
  'tests/worker/cost.test.ts': 73,
  'tests/worker/incidents.test.ts': 64,
  'tests/chaos/chaos.test.ts': 60,
  'tests/worker/waiting.test.ts': 57,
  'tests/worker/chaos-faults.test.ts': 55,
  'tests/client/client.test.ts': 53,
  'tests/worker/budget.test.ts': 52,
  'tests/database/connection-budget.test.ts': 49,
  'tests/api/vanishing-readers.test.ts': 48,
  'tests/api/hostile-queries.test.ts': 47,
  'local/src/start.test.ts': 46,
  'tests/worker/webhooks.test.ts': 43,
  'tests/api/hostile-requests.test.ts': 40,
  'tests/worker/settlement.test.ts': 40,
  'tests/worker/webhooks-kill.test.ts': 38,
  'tests/worker/silent-route.test.ts': 38,
  'tests/worker/dispatch.test.ts': 36,
  'tests/worker/fence.test.ts': 35,
  'tests/database/search-cards.test.ts': 31,
  'tests/database/search-many-cards.test.ts': 30,
  'tests/database/migrate.test.ts': 30,
  'tests/worker/memory.test.ts': 29,
  'tests/worker/kill.test.ts': 29,
  'tests/api/refused.test.ts': 28,
  'worker/src/kinds/flashcards/answer-fuzz.test.ts': 21,
  'client/src/stream.test.ts': 10,
  'worker/src/llm/wire/post.test.ts': 10,
  'api/src/app.test.ts': 8,
  'tests/web/live-cards.test.ts': 90,
  'tests/web/live.test.ts': 60,
  'tests/web/create.test.ts': 60,
  'tests/web/webhooks.test.ts': 55,
  'tests/web/review.test.ts': 55,
  'tests/web/operations.test.ts': 50,
  'tests/web/history.test.ts': 45,
  'tests/web/chat.test.ts': 45,
}

/**
 * Starts the longest files of each project first, so that none of them runs alone at the end. Vitest does so by itself
 * where it has measured an earlier run, which a fresh clone has not.
 */
export default class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files)
    const seconds = ({ moduleId }: TestSpecification) => longest[relative(this.ctx.config.root, moduleId)] ?? 0
    return [...Map.groupBy(sorted, ({ project }) => project).values()].flatMap((ofProject) =>
      ofProject.toSorted((a, b) => seconds(b) - seconds(a)),
    )
  }
}
