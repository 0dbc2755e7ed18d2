/** What a request has decided, for the metrics. `edit` is to accept a suggestion in other words. */
export type Reviewed = { about: 'suggestion' | 'finding'; actions: ('accept' | 'edit' | 'reject' | 'undo')[] }

type Decided = { action: 'accept' | 'reject' | 'undo'; front?: string | undefined; back?: string | undefined }

export const reviewedBy = (about: Reviewed['about'], decisions: readonly Decided[]): Reviewed => ({
  about,
  actions: decisions.map(({ action, front, back }) =>
    action === 'accept' && (front !== undefined || back !== undefined) ? 'edit' : action,
  ),
})
