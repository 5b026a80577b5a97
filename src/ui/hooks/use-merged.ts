import { useEffect } from 'react'
import { resolveRedirect } from '../../client/index.ts'
import type { Drafts } from '../drafts.ts'
import type { InboxState } from '../types.ts'

type Merge = {
  openId: string | null
  open(conversationId: string): void
  drafts: Drafts
  redirects: InboxState['redirects'] | undefined
}

const none: NonNullable<InboxState['redirects']> = {}

/** Conversations that were merged take their drafts along; the one that lies open goes on under the other's address. */
export function useMerged({ openId, open, drafts, redirects = none }: Merge): void {
  useEffect(() => {
    for (const from of Object.keys(redirects)) drafts.move(from, resolveRedirect({ redirects }, from))
  }, [redirects, drafts])
  const target = openId === null ? null : resolveRedirect({ redirects }, openId)
  useEffect(() => {
    if (target !== null && target !== openId) open(target)
  }, [target, openId, open])
}
