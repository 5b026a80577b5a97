import type { ListenerName } from '../outbox/bell.ts'
import type { JobDeps } from './job-deps.ts'
import { postWebhooks } from './webhooks.ts'

/** Reads on in a tenant's journal for one of its listeners. */
export async function listen(deps: JobDeps, tenantId: string, listener: ListenerName): Promise<void> {
  switch (listener) {
    case 'webhooks':
      return postWebhooks(deps, tenantId)
  }
}
