import { app } from './http/app.ts'
import { onEmail } from './jobs/email.ts'
import { onQueue, onSchedule } from './jobs/entrances.ts'

export { TenantHub } from './hub/tenant-hub.ts'

export default {
  fetch: app.fetch,
  email: onEmail,
  queue: onQueue,
  scheduled: onSchedule,
} satisfies ExportedHandler<Env>
